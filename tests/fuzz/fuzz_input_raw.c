/* Any bytes as proctrace's raw lines. */
#include "input_bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	input_bytes(INPUT_RAW, 60, data, size);
	return 0;
}
