#ifndef PTR_CMEMORY_H
#define PTR_CMEMORY_H

// glibc's calls about memory, which Swift's Glibc module does not carry. No header of the system is included here: seen with other
// macros than Swift's, its types would be others.

/// Bytes from which on a block has pages of its own, which go back to the system with it; and bytes free at the end of the heap from
/// which on they do.
void ptr_memory_set_thresholds(int own_pages, int trim);

/// Gives back to the system what is freed, of all threads. Takes milliseconds.
void ptr_memory_trim(void);

/// Unmaps the pages of the program and its libraries that are never written to, unless somebody traces the process: his breakpoints
/// are in them. Those that are needed are mapped again when they are touched, from the page cache.
void ptr_memory_let_go_of_program(void);

#endif
