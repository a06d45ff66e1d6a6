import Bridge
import Dispatch
import Glibc

/// Says when something in a folder, or in its folder `lib`, has changed.
final class FolderWatch: @unchecked Sendable {  // sound: `source` is only cancelled, at the end
    /// Gets a value after a change. Several changes may be one value.
    let changes = Channel(capacity: 1, overflow: .dropNewest)
    private let source: any DispatchSourceRead

    init?(_ path: String) {
        let descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        guard descriptor >= 0 else { return nil }
        let events = UInt32(IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE)
        guard inotify_add_watch(descriptor, path, events) >= 0 else {
            close(descriptor)
            return nil
        }
        let library = path + "/lib"
        inotify_add_watch(descriptor, library, events)
        source = DispatchSource.makeReadSource(fileDescriptor: descriptor)
        source.setEventHandler { [changes] in
            var bytes = [UInt8](repeating: 0, count: 4096)
            while read(descriptor, &bytes, bytes.count) > 0 {}
            // The folder may be new.
            inotify_add_watch(descriptor, library, events)
            _ = try? changes.trySend(true)
        }
        source.setCancelHandler { close(descriptor) }
        source.resume()
    }

    deinit { source.cancel() }
}
