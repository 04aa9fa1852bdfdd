// A relay needs no privilege at all once it has its tap: here it gives away what it has.
#pragma once

#include <sys/types.h>

#include <string>

namespace tunnel {

struct User {
    std::string name;
    uid_t uid = 0;
    gid_t gid = 0;
};

User find_user(const std::string& name); // throws UsageError if there is none

// From now on this process is the user, without capabilities, and can never gain any. In a user namespace
// that does not know the user it stays who it is, and only gives its capabilities away. Throws SystemError.
void become(const User&);

} // namespace tunnel
