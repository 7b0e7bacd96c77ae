import Glibc
import ProgramKit

/// How much fits on the terminal.
struct ScreenSize: Sendable, Hashable {
    var columns: Int
    var rows: Int
}

extension ScreenSize {
    /// Of the terminal behind a descriptor; nil if it is none, or does not know.
    init?(of descriptor: CInt) {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return nil }
        self.init(columns: Int(size.ws_col), rows: Int(size.ws_row))
    }
}

/// A terminal whose whole screen is drawn on. What stood there comes back when it is left.
///
/// The calls block while the terminal takes the bytes: they are for a thread that may wait.
final class Screen: Sendable {
    private let input: CInt
    private let output: CInt
    /// How the terminal was, to leave it so.
    private let original: termios

    /// - Returns: nil if it is no terminal.
    init?(input: CInt, output: CInt) {
        var attributes = termios()
        guard tcgetattr(input, &attributes) == 0 else { return nil }
        self.input = input
        self.output = output
        original = attributes
    }

    /// The size now; 80 by 24 where the terminal does not know.
    var size: ScreenSize { ScreenSize(of: output) ?? ScreenSize(columns: 80, rows: 24) }

    /// Takes the screen: keys come at once and are not shown, and Ctrl-C is a key like others. Lines that are too long
    /// are cut by the terminal.
    func enter() {
        var attributes = original
        attributes.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG | IEXTEN)
        attributes.c_iflag &= ~tcflag_t(IXON | ICRNL)
        withUnsafeMutableBytes(of: &attributes.c_cc) { characters in
            characters[Int(VMIN)] = 1
            characters[Int(VTIME)] = 0
        }
        tcsetattr(input, TCSANOW, &attributes)
        write("\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l")
    }

    /// Gives it back as it was.
    func leave() {
        write("\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l")
        var attributes = original
        tcsetattr(input, TCSANOW, &attributes)
    }

    /// Draws in place: over what stands there, so that nothing flickers.
    func draw(_ lines: [String]) {
        write("\u{1B}[H" + lines.map { $0 + "\u{1B}[K" }.joined(separator: "\r\n") + "\u{1B}[J")
    }

    /// A terminal that has gone is no failure: the end of its input tells.
    private func write(_ text: String) {
        writeAll(text, to: output)
    }
}
