/* What can be pressed: a character as its code point, or one of these beyond them. */
#ifndef VIEW_INPUT_H
#define VIEW_INPUT_H

enum input {
	INPUT_NONE = 0, /* nothing for now */
	INPUT_CTRL_C = 3,
	INPUT_TAB = 9,
	INPUT_ENTER = 13,
	INPUT_CTRL_L = 12,
	INPUT_CTRL_U = 21,
	INPUT_ESCAPE = 27,
	INPUT_BACKSPACE = 127,
	INPUT_UP = 0x110000,
	INPUT_DOWN,
	INPUT_LEFT,
	INPUT_RIGHT,
	INPUT_PAGE_UP,
	INPUT_PAGE_DOWN,
	INPUT_HOME,
	INPUT_END,
	INPUT_F1,
	INPUT_RESIZE, /* the terminal has another size: draw again */
};

#endif
