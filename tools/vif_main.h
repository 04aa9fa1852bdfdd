// The main() that the vif programs share.
#pragma once

#include "xen/vif/plan.h"

// Options and words in any order; the exit status is the program's. Options are few and read by
// hand: these programs run on the path of every guest's start, where a library for options costs
// a quarter of the process's start.
int vif_main(int argc, char** argv, const char* program, const char* help, xen::VifPlanner);
