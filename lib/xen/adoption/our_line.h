// One line of ours at the end of a file that is somebody else's, below a comment that says whose it is: so
// that it can be taken away again whatever else has been changed in the file since.
#pragma once

#include <string>
#include <string_view>

namespace xen {

// The text as it is, if it has this very line already.
std::string with_our_line(std::string_view text, std::string_view line);

// The text as it is when it has none. Exactly the text before with_our_line(), but that an unended last line
// stays ended.
std::string without_our_line(std::string_view text);

} // namespace xen
