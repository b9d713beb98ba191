// What a disk may hold after a power cut, rebuilt from the traces of the processes that wrote it.
//
// What a sync made durable is there. Of everything else, any part may be: each write is taken apart
// into pieces of 512 B or 4 KiB, and each piece is kept or lost by chance; so is a change of size.
// Names (made, renamed, unlinked) are durable when their directory was synced; of later ones the
// first so many are there, since file systems journal them in order.
#pragma once

#include <deque>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/power/trace_format.h"

namespace trunkline::power {

struct Entry {
  EntryHeader header;
  std::string path, data;
};

// All entries of all traces in a directory, in the order of their times.
std::vector<Entry> read_traces(const std::string& directory);

class CrashDisk {
 public:
  // The next entry has happened.
  void apply(const Entry& entry);

  // Writes what may be there now below `directory`, with `prefix` taken off the paths.
  void write_image(const std::string& directory, const std::string& prefix,
                   std::mt19937_64& random) const;

 private:
  struct Write {
    std::uint64_t offset;
    const std::string* data;  // of the entry, which outlives the disk
    bool dsync;
  };
  struct File {
    std::string content;     // durable, up to the last byte written
    std::uint64_t size = 0;  // durable
    std::deque<Write> writes;
    std::deque<std::uint64_t> sizes;
    std::size_t writes_at_sync = 0, sizes_at_sync = 0;
  };
  struct Change {
    EntryKind kind;
    std::string path;  // as in the entry
    std::uint64_t file;
  };
  struct Names {
    std::map<std::string, std::uint64_t> files;
    void apply(const Change& change);
  };

  static void keep(File& file, const Write& write);
  void sync_returned(std::uint64_t inode);
  std::string image_of(const File& file, std::uint64_t& size, std::mt19937_64& random) const;

  std::map<std::uint64_t, File> files_;
  std::map<std::uint64_t, std::string> directories_;  // by inode
  Names durable_;
  std::vector<Change> changes_;  // not durable yet
  std::map<std::uint64_t, std::size_t> at_directory_sync_;
};

}  // namespace trunkline::power
