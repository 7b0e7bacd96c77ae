import CMemory

/// The pages of the program itself. The start touches most of it: the loader, the search for types, the reading of the configuration;
/// and with each page the kernel maps those around it. What a daemon needs from then on is a fraction.
enum ProgramPages {
    /// Gives them back to the system, unless a debugger looks on; what is needed comes again with a touch. May block for milliseconds.
    static func letGo() { ptr_memory_let_go_of_program() }
}
