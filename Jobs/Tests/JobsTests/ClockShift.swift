import Foundation
import Testing

/// The clock on the wall of programs with this environment is that of the machine and so many seconds more.
struct ClockShift {
    private let place: TemporaryFolder

    init(seconds: Int) throws {
        place = try TemporaryFolder([
            "shift.c": """
            #define _GNU_SOURCE
            #include <dlfcn.h>
            #include <fcntl.h>
            #include <stdlib.h>
            #include <time.h>
            #include <unistd.h>
            static time_t shift(void) {
                char text[32] = "";
                int file = open("$PLACE/shift", O_RDONLY | O_CLOEXEC);
                if (file < 0) return 0;
                if (read(file, text, sizeof text - 1) < 0) text[0] = 0;
                close(file);
                return atol(text);
            }
            int clock_gettime(clockid_t clock, struct timespec *now) {
                static int (*real)(clockid_t, struct timespec *);
                if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
                int result = real(clock, now);
                if ((clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) && result == 0) now->tv_sec += shift();
                return result;
            }
            time_t time(time_t *result) {
                struct timespec now;
                clock_gettime(CLOCK_REALTIME, &now);
                if (result) *result = now.tv_sec;
                return now.tv_sec;
            }
            """
        ])
        let compiler = Process()
        compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        compiler.arguments = ["cc", "-shared", "-fPIC", "-o", "shift.so", "shift.c", "-ldl"]
        compiler.currentDirectoryURL = URL(fileURLWithPath: place.folder.path)
        try compiler.run()
        compiler.waitUntilExit()
        try #require(compiler.terminationStatus == 0)
        try set(seconds)
    }

    var environment: [String: String] { ["LD_PRELOAD": place.folder.path + "/shift.so"] }

    func set(_ seconds: Int) throws { try place.write("shift", "\(seconds)") }
}
