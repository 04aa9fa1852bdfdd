// Small files: settings under /proc and /sys, and our own records.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace base {

// The whole file, or nothing if it is not there. Throws SystemError if it cannot be read.
std::optional<std::string> read_file(const std::string& path);

// Writes into an existing file in a single write(2), as procfs wants it. Throws SystemError.
void write_file(const std::string& path, std::string_view content);

// Puts a file in place whole or not at all, and onto the disk before it returns: written beside,
// fsynced, renamed, the folder fsynced. Throws SystemError.
void replace_file(const std::string& path, std::string_view content, unsigned mode = 0600);

// The same for a file that is somebody else's: what a symbolic link leads to is replaced, not the
// link, and owner and mode stay. Throws SystemError, as where there is no such file.
void rewrite_file(const std::string& path, std::string_view content);

// No error if it is not there. Throws SystemError.
void remove_file(const std::string& path);

// The names in a folder, sorted, without "." and ".."; none if there is no such folder. Throws SystemError.
std::vector<std::string> names_in(const std::string& folder);

// Makes the folder and those above it, mode 0755, as far as they are missing. Throws SystemError.
void make_folder(const std::string& path);

} // namespace base
