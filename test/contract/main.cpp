// The contract tests run on a machine of their own, or not at all: a missing privilege is a failure.
#define CATCH_CONFIG_RUNNER
#include "catch.h"
#include "own_netns.h"

#include <cstdio>

int main(int argc, char** argv)
{
    try {
        test::enter_own_namespaces();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "cannot test: %s\n", error.what());
        return 1;
    }
    return Catch::Session().run(argc, argv);
}
