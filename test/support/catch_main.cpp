// The main() of a test program. It enters no namespace: where one is needed, ctest runs it inside test/support/sandbox.
#define CATCH_CONFIG_RUNNER
#include "catch.h"

int main(int argc, char** argv)
{
    return Catch::Session().run(argc, argv);
}
