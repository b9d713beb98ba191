// The run directory: sockets, cluster file, pids and logs of one running cluster. Private to its
// user, because every user of a node could otherwise reach its sockets.
#pragma once

#include <string>

namespace trunkline::cluster {

// Paths below the run directory may be this long, so that UNIX sockets fit (sun_path has 108
// bytes).
inline constexpr std::size_t kRunDirectoryBytesMax = 80;

// Makes a fresh one, mode 0700, under $XDG_RUNTIME_DIR or else $TMPDIR or /tmp; returns its path.
std::string make_run_directory();
// Makes `path` if it is absent. Throws std::runtime_error when it is not a directory, not ours,
// open to others, or too long.
void use_run_directory(const std::string& path);
// DATA/run -> run directory, so that tools find a running cluster by its data. Replaces an old
// link; throws when something that is not a link stands there.
void link_run_directory(const std::string& data, const std::string& run_directory);
// The run directory that a tool should use: `run_directory` if given, else DATA/run, else
// $TRUNKLINE_RUN. Throws std::runtime_error that says what to give.
std::string find_run_directory(const std::string& run_directory, const std::string& data);

}  // namespace trunkline::cluster
