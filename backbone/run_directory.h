// The run directory: where the sockets of one running job, and the file that names them, stand. One
// on every host, of the same path, entered by nobody else; rank 0's data directory links to it.
#pragma once

#include <string>

#include "wire/ids.h"

namespace trunkline::backbone {

// Makes a fresh one, mode 0700, where this system keeps such things. Throws std::runtime_error.
std::string make_run_directory();
// Makes `path` with mode 0700 unless it is there; then it must be ours and closed to others.
// Throws std::runtime_error that says what to do.
void enter_run_directory(const std::string& path);
// Lets DATA/run point to it, in place of where it pointed before. Throws std::runtime_error.
void link_run_directory(const std::string& data, const std::string& run_directory);
// After a job has ended: the cluster file, DATA/run (if it still points here), and the directory
// itself if nothing else is in it.
void leave_run_directory(const std::string& data, const std::string& run_directory, bool made);

}  // namespace trunkline::backbone
