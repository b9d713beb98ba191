// The run directory: sockets, cluster file, pids and logs of one running cluster. Private to its
// user, because every user of a node could otherwise reach its sockets. One on every host, of the
// same path; rank 0's data directory links to it.
#pragma once

#include <string>

namespace trunkline::wire {

// The path of a run directory may be this long, so that the UNIX sockets in it fit (sun_path has
// 108 bytes).
inline constexpr std::size_t kRunDirectoryBytesMax = 80;

// Makes a fresh one, mode 0700, under $XDG_RUNTIME_DIR or else $TMPDIR or /tmp; returns its path.
std::string make_run_directory();
// Makes `path`, mode 0700, if it is absent. Throws std::runtime_error that says what to do when it
// is not a directory (a link to one neither), not ours, open to others in any way, or too long.
void use_run_directory(const std::string& path);
// DATA/run -> run directory, so that tools find a running cluster by its data. Replaces an old link
// in one step; throws when something that is not a link stands there.
void link_run_directory(const std::string& data, const std::string& run_directory);
// After a job has ended: takes away the cluster file and, if the job `made` the directory, DATA/run
// (if it still points here) and the directory itself (if nothing else is in it).
void leave_run_directory(const std::string& data, const std::string& run_directory, bool made);
// The run directory that a tool should use: `run_directory` if given, else DATA/run, else
// $TRUNKLINE_RUN. Throws std::runtime_error that says what to give.
std::string find_run_directory(const std::string& run_directory, const std::string& data);

}  // namespace trunkline::wire
