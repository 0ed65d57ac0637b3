/* pscope: picks the command and runs it. */
int main(void)
{
	return 0;
}
