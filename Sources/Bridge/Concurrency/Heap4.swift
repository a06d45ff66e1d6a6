/// A heap with four children a node: fewer levels than with two, and the four stand together in memory.
/// The order is given to each operation, so that it is inlined.
struct Heap4<Element> {
    private(set) var elements: [Element] = []

    var count: Int { elements.count }
    var first: Element? { elements.first }

    @inline(__always)
    mutating func insert(_ element: Element, by precedes: (Element, Element) -> Bool) {
        elements.append(element)
        lift(element, from: elements.count - 1, by: precedes)
    }

    /// There must be a first one.
    @inline(__always)
    mutating func removeFirst(by precedes: (Element, Element) -> Bool) {
        let last = elements.removeLast()
        if !elements.isEmpty { sink(last, from: 0, by: precedes) }
    }

    /// How many elements satisfy the condition. Whenever an element does, all those before it must, too.
    func count(from index: Int = 0, _ isEarly: (Element) -> Bool) -> Int {
        guard index < elements.count, isEarly(elements[index]) else { return 0 }
        return (4 * index + 1...4 * index + 4).reduce(1) { $0 + count(from: $1, isEarly) }
    }

    /// Those that satisfy the condition, in no order (see `restore`), and the others.
    func split(_ isKept: (Element) -> Bool) -> (kept: Heap4, others: [Element]) {
        var kept = Heap4()
        var others: [Element] = []
        for element in elements { if isKept(element) { kept.elements.append(element) } else { others.append(element) } }
        return (kept, others)
    }

    /// Restores the order after `split`.
    mutating func restore(by precedes: (Element, Element) -> Bool) {
        guard elements.count > 1 else { return }
        for i in stride(from: (elements.count - 2) / 4, through: 0, by: -1) { sink(elements[i], from: i, by: precedes) }
    }

    @inline(__always)
    private mutating func lift(_ element: Element, from index: Int, by precedes: (Element, Element) -> Bool) {
        elements.withUnsafeMutableBufferPointer { heap in
            var i = index
            while i > 0 {
                let parent = (i - 1) >> 2
                guard precedes(element, heap[parent]) else { break }
                heap[i] = heap[parent]
                i = parent
            }
            heap[i] = element
        }
    }

    @inline(__always)
    private mutating func sink(_ element: Element, from index: Int, by precedes: (Element, Element) -> Bool) {
        elements.withUnsafeMutableBufferPointer { heap in
            var i = index
            while true {
                let first = 4 * i + 1
                guard first < heap.count else { break }
                var least = first
                var child = first + 1
                while child < min(first + 4, heap.count) {
                    if precedes(heap[child], heap[least]) { least = child }
                    child += 1
                }
                guard precedes(heap[least], element) else { break }
                heap[i] = heap[least]
                i = least
            }
            heap[i] = element
        }
    }
}
