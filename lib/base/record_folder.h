// Records: small texts that survive the process, and the one policy for all of them.
//
// R1  A record is there whole or not at all, whenever we are killed.
// R2  There is no record only if there is no file (ENOENT). A folder or a file that cannot be opened or read
// now is a
//     SystemError, and nothing is moved.
// R3  Damaged is what was read whole, twice alike, and makes no sense. It is told, set aside as
// "NAME:damaged", and
//     then not there; the others are as before.
// R4  A record of another network namespace is not there, and cannot be in the way of ours.
// R5  What was reserved can be replaced in a full file system.
// R6  Only root can look at them, or lock them.
#pragma once

#include "base/lock.h"
#include "base/namespace.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace base {

class RecordFolder {
public:
    using Tell = std::function<void(const std::string& sentence)>;

    // `suffix` ends the names of files (".bridge.json") and is no part of a record's name. `tell` hears of
    // each record that was set aside.
    RecordFolder(std::string folder, std::string suffix, Tell tell);

    // Sorted. No name has a ':', which is for what is not a record. Throws SystemError.
    std::vector<std::string> names() const;

    // Hands the record's text to `parse`, which throws whatever it likes (but SystemError) where that makes
    // no sense. False if there is no such record, or if it was damaged. Throws SystemError.
    bool read(const std::string& name, const std::function<void(const std::string& text)>& parse) const;

    // Throws SystemError; the old record then stands.
    void replace(const std::string& name, std::string_view text) const;

    // Replaces it, and keeps room for as long as it is there, so that replace() has no need of any if the
    // text is not larger than `largest`. Throws SystemError.
    void replace_and_reserve(const std::string& name, std::string_view text, std::size_t largest) const;

    // With all that is beside it, but what was set aside. No error if it is not there. Throws SystemError.
    void remove(const std::string& name) const;

    // NAME.lock beside the records; it stays while there are any, so that the way back finds it.
    Lock lock(const std::string& name) const;

    std::string path_of(const std::string& name) const;

private:
    const NetworkNamespace& ours() const;
    void set_aside(const std::string& path, const std::string& fault) const;
    std::optional<std::string> text_in(const std::string& content) const;

    std::string folder_;
    std::string suffix_;
    Tell tell_;
    mutable std::optional<NetworkNamespace> ours_ = {};
};

} // namespace base
