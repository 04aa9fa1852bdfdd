// Compares what a test made with a file below test/golden; UPDATE_GOLDEN=1 writes the file instead.
#pragma once

#include "base/file.h"
#include "catch.h"

#include <cstdlib>
#include <string>

namespace test {

inline void check_golden(const std::string& file, const std::string& text)
{
    const auto path = std::string(DOM0NET_TEST_FOLDER "/golden/") + file;
    if (std::getenv("UPDATE_GOLDEN"))
        base::replace_file(path, text);
    INFO("golden file " << path);
    CHECK(text == base::read_file(path).value_or("(there is no such file: run with UPDATE_GOLDEN=1)"));
}

} // namespace test
