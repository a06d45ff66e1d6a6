import Bridge
import Foundation
import JPEGShim

/// A picture in memory. It never changes, so all threads of a script may use the same one.
final class Photo: LuaObject {
    let width: Int
    let height: Int
    /// Red, green and blue of each pixel, row by row.
    let pixels: [UInt8]

    init(width: Int, height: Int, pixels: [UInt8]) {
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// Decodes a JPEG.
    convenience init(jpeg: [UInt8]) throws {
        var picture = jpeg_picture()
        try Self.asking { jpeg_decode(jpeg, jpeg.count, &picture, $0) }
        defer { free(picture.pixels) }
        let (width, height) = (Int(picture.width), Int(picture.height))
        let bytes = UnsafeBufferPointer(start: picture.pixels, count: width * height * 3)
        self.init(width: width, height: height, pixels: Array(bytes))
    }

    /// Encodes it as a JPEG.
    func jpeg(quality: Int) throws -> [UInt8] {
        try pixels.withUnsafeBufferPointer { pixels in
            var picture = jpeg_picture(
                width: UInt32(width), height: UInt32(height), pixels: UnsafeMutablePointer(mutating: pixels.baseAddress)
            )
            var (bytes, count) = (UnsafeMutablePointer<UInt8>?.none, 0)
            try Self.asking { jpeg_encode(&picture, Int32(quality), &bytes, &count, $0) }
            defer { free(bytes) }
            return Array(UnsafeBufferPointer(start: bytes, count: count))
        }
    }

    /// How far apart two pictures are at each byte, and at most.
    func difference(from other: Photo) throws -> (Photo, Int) {
        guard (width, height) == (other.width, other.height) else {
            throw PhotoError("\(width)x\(height) pixels and \(other.width)x\(other.height): no difference can be taken")
        }
        var (distances, greatest) = ([UInt8](repeating: 0, count: pixels.count), UInt8(0))
        for place in pixels.indices {
            let (a, b) = (pixels[place], other.pixels[place])
            distances[place] = a > b ? a - b : b - a
            greatest = max(greatest, distances[place])
        }
        return (Photo(width: width, height: height, pixels: distances), Int(greatest))
    }

    /// The same picture with each byte times a factor.
    func amplified(by factor: Double) -> Photo {
        let louder = (0...255).map { UInt8(max(0, min(255, (Double($0) * factor).rounded()))) }
        return Photo(width: width, height: height, pixels: pixels.map { louder[Int($0)] })
    }

    private static func asking(_ libjpeg: (UnsafeMutablePointer<CChar>) -> Bool) throws {
        var message = [CChar](repeating: 0, count: Int(JPEG_MESSAGE))
        let isDone = message.withUnsafeMutableBufferPointer { $0.baseAddress.map(libjpeg) ?? false }
        guard isDone else {
            throw PhotoError(String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
        }
    }
}

/// Why something could not be done with a picture. Scripts see the text.
struct PhotoError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
