/* Texts in XML, for the pictures. */
#ifndef OUTPUT_XML_TEXT_H
#define OUTPUT_XML_TEXT_H

#include "base/buf.h"

/* Text between tags or in a quoted attribute: whatever bytes it holds, the document stays valid. */
void xml_add_text(struct buf *out, struct str text);
/* The same, cut to so many columns, the last of them an ellipsis when cut. */
void xml_add_text_cut(struct buf *out, struct str text, size_t columns);

#endif
