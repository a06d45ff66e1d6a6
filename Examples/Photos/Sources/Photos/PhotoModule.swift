import Bridge
import Foundation

/// The colour of a pixel, which a script gives as three numbers from 0 to 1.
private func byte(_ part: Double) -> UInt8 { UInt8(max(0, min(255, (part * 255).rounded()))) }

/// What scripts know of pictures: the global table `photo`.
let photoModule = Module("photo") {
    Function("open") { (path: String) throws -> Photo in
        try Photo(jpeg: Array(Data(contentsOf: URL(fileURLWithPath: path))))
    }
    Function("list") { (folder: String) throws -> [String] in
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }
    // The script's own function draws: it is called for each pixel, on the thread that called `draw`.
    Function("draw") { (width: Int, height: Int, color: LuaFunction) throws -> Photo in
        guard (1...10_000).contains(width), (1...10_000).contains(height) else {
            throw PhotoError("a picture has 1 to 10000 pixels a side")
        }
        var pixels: [UInt8] = []
        pixels.reserveCapacity(width * height * 3)
        for y in 0..<height {
            for x in 0..<width {
                let (red, green, blue): (Double, Double, Double) = try color(x, y)
                pixels += [byte(red), byte(green), byte(blue)]
            }
        }
        return Photo(width: width, height: height, pixels: pixels)
    }
    Type(Photo.self) {
        Property("width") { (photo: Photo) in photo.width }
        Property("height") { (photo: Photo) in photo.height }
        Method("pixel") { (photo: Photo, x: Int, y: Int) throws -> (Double, Double, Double) in
            guard (0..<photo.width).contains(x), (0..<photo.height).contains(y) else {
                throw PhotoError("no pixel at \(x), \(y)")
            }
            let place = (y * photo.width + x) * 3
            return (
                Double(photo.pixels[place]) / 255, Double(photo.pixels[place + 1]) / 255,
                Double(photo.pixels[place + 2]) / 255
            )
        }
        Method("resaved") { (photo: Photo, quality: Int) throws -> Photo in
            try Photo(jpeg: photo.jpeg(quality: quality))
        }
        Method("difference") { (photo: Photo, other: Photo) throws -> (Photo, Int) in
            try photo.difference(from: other)
        }
        Method("amplified") { (photo: Photo, factor: Double) in photo.amplified(by: factor) }
        Method("save") { (photo: Photo, path: String, quality: Int?) throws in
            try Data(photo.jpeg(quality: quality ?? 90)).write(to: URL(fileURLWithPath: path))
        }
        Operator(.tostring) { (photo: Photo) in "photo of \(photo.width)x\(photo.height)" }
    }
}
