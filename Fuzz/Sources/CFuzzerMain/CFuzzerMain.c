// SwiftPM lets an executable begin with the function MODULE_main, where libFuzzer's own main cannot stand.
#include "CFuzzerMain.h"
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*test)(const uint8_t *data, size_t size));
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int fuzz(int argc, char **argv) { return LLVMFuzzerRunDriver(&argc, &argv, LLVMFuzzerTestOneInput); }

int ParserFuzzer_main(int argc, char **argv) { return fuzz(argc, argv); }
int ConfigurationFuzzer_main(int argc, char **argv) { return fuzz(argc, argv); }
int TemplateFuzzer_main(int argc, char **argv) { return fuzz(argc, argv); }
int DecoderFuzzer_main(int argc, char **argv) { return fuzz(argc, argv); }
int FilterFuzzer_main(int argc, char **argv) { return fuzz(argc, argv); }
int ProtocolFuzzer_main(int argc, char **argv) { return fuzz(argc, argv); }
