import Bridge

// Scripts share the objects of a type among threads.
final class Camera: LuaObject {
    var exposures = 0  // error: stored property 'exposures' of 'Sendable'-conforming class 'Camera' is mutable
}

class Lens: LuaObject {  // error: non-final class 'Lens' cannot conform to the 'Sendable' protocol
    let length = 50
}

final class Film: Sendable {}

let film = Module("film") {
    Type(Film.self) {}  // error: requires that 'Film' conform to 'LuaObject'
}
