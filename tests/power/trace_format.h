// What the interposer writes and the power-cut tests read: one file for each process, entries back
// to back. Entries of all processes are put in one order by their monotonic time, which on one host
// is one clock.
#pragma once

#include <cstdint>

namespace trunkline::power {

// Never written to a disk that lasts: may change with the code.
enum class EntryKind : std::uint32_t {
  created = 1,     // a file that was not there, at `path`
  directory,       // `path` was made (file 0) or opened (file: its inode)
  renamed,         // `path` is "from\nto"
  unlinked,        // `path`
  write,           // bytes at `offset`: may be on the disk from now on, in any part
  durable_write,   // the same on a descriptor with O_DSYNC: begun …
  write_returned,  // … and returned: durable
  sync_begun,      // fsync or fdatasync of `file`
  sync_returned,   // what had been written before it began is durable
  sync_failed,     // what had been written before it will never be: the kernel forgets it
  resized,         // to `offset` bytes, by ftruncate or fallocate
  note,            // the process says something: `path` is the text
};

struct EntryHeader {
  EntryKind kind = EntryKind::note;
  std::uint32_t path_bytes = 0;
  std::uint64_t time_ns = 0;  // CLOCK_MONOTONIC
  std::uint64_t file = 0;     // inode
  std::uint64_t offset = 0;
  std::uint64_t data_bytes = 0;
  // Followed by path_bytes and data_bytes.
};
static_assert(sizeof(EntryHeader) == 40);

// Names of environment variables.
inline constexpr const char* kDataVariable = "TRUNKLINE_POWER_DATA";    // files below are traced
inline constexpr const char* kTraceVariable = "TRUNKLINE_POWER_TRACE";  // where traces go
// A disk that lies: syncs return, and make nothing durable. Proves that the test would see it.
inline constexpr const char* kLieVariable = "TRUNKLINE_POWER_LIE";

}  // namespace trunkline::power
