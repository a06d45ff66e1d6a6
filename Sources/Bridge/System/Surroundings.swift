import CKernel

/// What the process has inherited from whoever started it. The command and child processes set it right at their
/// start; an embedding program is left as it is.
///
/// - Standard streams that are closed get a descriptor on which every read and write fails as on a closed one.
///   Otherwise the next file that a script opens would take the number, and `print` would write into it.
/// - No signal is blocked. A signal that is ignored stays ignored (`nohup`, work in the background), but for two: with
///   SIGCHLD ignored the end of a child could not be known, and with SIGPIPE ignored a program would not end with its
///   reader.
/// - Other descriptors, limits, the umask and the environment are the script's to use. What scripts start gets its
///   streams, no other descriptor, no blocked signal, and of the ignored ones only SIGHUP, SIGINT and SIGQUIT.
package enum Surroundings {
    /// Sets right the streams and signals, as above.
    package static func accept() { system_accept_inheritance() }

    /// The settings that the terminal has now are put back at every end, by exit or by signal, if this process then is
    /// in the foreground. Nothing is remembered in a pipeline, where another program may be using the terminal.
    package static func rememberTerminal() { system_remember_terminal() }

    static func restoreTerminal() { system_restore_terminal() }
}
