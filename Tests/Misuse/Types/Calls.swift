import Bridge

final class Photo: LuaConvertible {
    var pixels: [UInt8] = []
    static func read(_ index: Int32, from stack: borrowing LuaStack) throws(ConversionError) -> Photo { Photo() }
    func push(to stack: borrowing LuaStack) throws(ConversionError) { try stack.push(pixels) }
}

// What goes to the thread of a state, and comes from there, could be used here and there at the same time.
func calls(_ runtime: Runtime, _ channel: Channel) async throws {
    let photo: Photo = try await runtime.evaluate("return 1")  // error: type 'Photo' does not conform to the 'Sendable'
    let _: Int = try await runtime.call("show", photo)  // error: type 'Photo' does not conform to the 'Sendable'
    try await runtime.setGlobal("photo", photo)  // error: type 'Photo' does not conform to the 'Sendable'
    let _: Photo = try await runtime.global("photo")  // error: type 'Photo' does not conform to the 'Sendable'
    _ = try await runtime.spawn(.thread, "", photo)  // error: type 'Photo' does not conform to the 'Sendable'
}

// A state can be had only in `perform`, as its stack.
func state(of runtime: Runtime) {
    _ = runtime.worker  // error: 'worker' is inaccessible due to 'internal' protection level
}

func stackAsResult(_ runtime: Runtime) async throws {
    _ = try await runtime.perform { (stack: borrowing LuaStack) -> LuaStack in stack }  // error: LuaStack
}
