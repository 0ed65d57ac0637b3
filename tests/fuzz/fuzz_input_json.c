/* Any bytes as JSON Lines: read as a whole, every record written out again. */
#include "input_bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	input_bytes(INPUT_JSON, 0, data, size);
	input_bytes(INPUT_JSON, 5, data, size);
	return 0;
}
