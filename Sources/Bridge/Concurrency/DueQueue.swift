/// An element of a `DueQueue`. The order is total: of two different elements one precedes the other.
protocol Orderly {
    static func precedes(_ a: Self, _ b: Self) -> Bool
    /// The rank of an element is not less than that of one that precedes it.
    var rank: Double { get }
}

/// Elements that come out in order. What comes one by one goes into a heap. When very many have come since the last
/// look they are sorted instead: taking the first of a million from a heap is a cache miss at each of its levels, from
/// a sorted list it is none. Sorting takes less time than it took to enter them, so nobody waits longer than that.
struct DueQueue<Element: Orderly> {
    private var heap = Heap4<Element>()
    /// The first one last.
    private var sorted: [Element] = []
    /// Inserted since the last look.
    private var fresh: [Element] = []
    private static var few: Int { 64 }

    var count: Int { heap.count + sorted.count + fresh.count }

    /// In no order.
    var elements: [Element] { heap.elements + sorted + fresh }

    @inline(__always)
    mutating func insert(_ element: Element) { fresh.append(element) }

    var first: Element? {
        @inline(__always) mutating get {
            if !fresh.isEmpty { takeInFresh() }
            guard let sorted = sorted.last else { return heap.first }
            guard let first = heap.first else { return sorted }
            return Element.precedes(first, sorted) ? first : sorted
        }
    }

    /// There must be a first element, and `first` must have been read since the last insertion.
    @inline(__always)
    mutating func removeFirst() {
        if let first = heap.first, sorted.last.map({ Element.precedes(first, $0) }) ?? true {
            heap.removeFirst(by: Element.precedes)
        } else {
            sorted.removeLast()
        }
    }

    /// The element that comes out after about `count` others, if that is known.
    @inline(__always)
    func ahead(_ count: Int) -> Element? { sorted.count > count ? sorted[sorted.count - 1 - count] : nil }

    /// How many elements satisfy the condition. Whenever an element does, all those before it must, too.
    mutating func count(_ isEarly: (Element) -> Bool) -> Int {
        takeInFresh()
        return heap.count(isEarly) + sorted.reversed().prefix(while: isEarly).count
    }

    /// Drops those that do not satisfy the condition, and returns them.
    mutating func filter(_ isKept: (Element) -> Bool) -> [Element] {
        var (kept, dropped) = heap.split(isKept)
        kept.restore(by: Element.precedes)
        heap = kept
        func drop(from elements: inout [Element]) {
            let before = dropped.count
            dropped += elements.lazy.filter { !isKept($0) }
            if dropped.count > before { elements.removeAll { !isKept($0) } }
        }
        drop(from: &sorted)
        drop(from: &fresh)
        return dropped
    }

    @inline(never)
    private mutating func takeInFresh() {
        if fresh.count > Self.few, fresh.count > (heap.count + sorted.count) / 4 {
            fresh += heap.elements
            heap = Heap4()
            let latest = Self.sort(fresh)
            sorted = sorted.isEmpty ? latest : Self.merge(sorted, latest)
            fresh = []
        } else {
            for element in fresh { heap.insert(element, by: Element.precedes) }
            fresh.removeAll(keepingCapacity: true)
        }
    }

    /// The first one last. Distributes the elements by rank to as many parts as there are elements to 8, and sorts these,
    /// which are small as a rule: so it goes through memory three times, and not once for each doubling.
    private static func sort(_ elements: [Element]) -> [Element] {
        var (least, most) = (Double.infinity, -Double.infinity)
        for element in elements { (least, most) = (min(least, element.rank), max(most, element.rank)) }
        let parts = elements.count / 8
        let scale = Double(parts) / (most - least)
        guard scale.isFinite, scale > 0 else { return elements.sorted { Element.precedes($1, $0) } }
        // The last elements are those of the first part.
        func part(_ element: Element) -> Int { parts - Int((element.rank - least) * scale) }
        var ends = [Int](repeating: 0, count: parts + 2)
        for element in elements { ends[part(element) + 1] += 1 }
        for part in 1..<ends.count { ends[part] += ends[part - 1] }
        return [Element](unsafeUninitializedCapacity: elements.count) { sorted, count in
            guard let places = sorted.baseAddress else { return }
            for element in elements {
                let part = part(element)
                (places + ends[part]).initialize(to: element)
                ends[part] += 1
            }
            count = elements.count
            // Each end has become that of its own part.
            var start = 0
            for end in ends.dropLast() {
                sort(UnsafeMutableBufferPointer(start: places + start, count: end - start))
                start = end
            }
        }
    }

    private static func sort(_ part: UnsafeMutableBufferPointer<Element>) {
        guard part.count <= few else {
            var part = part
            return part.sort { Element.precedes($1, $0) }
        }
        for end in part.indices.dropFirst() {
            let element = part[end]
            var place = end
            while place > 0, Element.precedes(part[place - 1], element) {
                part[place] = part[place - 1]
                place -= 1
            }
            part[place] = element
        }
    }

    private static func merge(_ a: [Element], _ b: [Element]) -> [Element] {
        var merged: [Element] = []
        merged.reserveCapacity(a.count + b.count)
        var (i, j) = (0, 0)
        while i < a.count, j < b.count {
            if Element.precedes(a[i], b[j]) {
                merged.append(b[j])
                j += 1
            } else {
                merged.append(a[i])
                i += 1
            }
        }
        merged += a[i...]
        merged += b[j...]
        return merged
    }
}
