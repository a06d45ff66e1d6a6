import Bridge
import Foundation

/// What scripts know of pictures: the global table `photo`.
let photoModule = Module("photo") {
    Function("list") { (folder: String) throws -> [String] in
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }
}
