// What a user must know of the place where data lies. Pure.
#pragma once

#include <functional>
#include <string>

#include "wire/ids.h"

namespace trunkline::persistence {

// The environment of a process; nullptr: not set.
using Environ = std::function<const char*(const char* name)>;

// A sentence when a power cut, or the end of a batch job (Slurm, PBS, LSF, Grid Engine), takes what
// lies at `path`: on tmpfs, in memory, or in a directory that a job has for itself on its node.
// Empty: it stays. `path`: absolute.
std::string storage_warning(wire::Storage storage, const std::string& path,
                            const Environ& environment);

}  // namespace trunkline::persistence
