// The arguments that the process was started with, from where they cannot be lost. Swift reads them from /proc, which a chroot
// may not have: a command with its options gone would be another command.

// How many there are, the program's name included; 0 if the loader has given none.
int carguments_count(void);

// One of them; the text lives as long as the process.
const char *carguments_at(int index);
