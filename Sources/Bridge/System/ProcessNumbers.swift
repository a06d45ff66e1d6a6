import CKernel
import Glibc

/// Numbers for the processes of a program, each given once: a counter in a page of memory that all of them share. The
/// first process has the number 0. Shared; the counter is atomic.
final class ProcessNumbers: @unchecked Sendable {  // sound: the page stays mapped, and is only touched atomically
    /// The descriptor by which a child process finds the page.
    static let inherited: Int32 = 4
    nonisolated(unsafe) private static var isInherited = false  // sound: set before there are other threads

    private static let made = Guarded<ProcessNumbers?>(nil)

    /// The numbers of this program; the page is made or mapped at the first call.
    static func shared() throws(SystemError) -> ProcessNumbers {
        try made.withLock { (made) throws(SystemError) in
            if let made { return made }
            let numbers = try ProcessNumbers(isInherited ? inherited : -1)
            made = numbers
            return numbers
        }
    }

    /// This process is a child.
    static func inherit() { isInherited = true }

    let descriptor: Int32
    private let page: UnsafeMutableRawPointer

    private init(_ inherited: Int32) throws(SystemError) {
        var number = inherited
        guard let page = system_shared_page(&number) else { throw SystemError(call: "mmap", code: errno) }
        self.page = page
        descriptor = number
    }

    func next() -> Int { Int(system_next_number(page)) }
}
