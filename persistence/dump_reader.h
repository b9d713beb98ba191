// Reads a dump file: bytes in, split anywhere, items out. A parser of outside bytes: pure, bounded
// (it holds one chunk, at most kDumpChunkBytesMax, besides what it is fed), and whatever is wrong
// comes back as a value. An item is given only after the checksum of its chunk, and when every rule
// of dump_format.h holds for it, so whoever takes it need check nothing again. That the file is
// whole is known only when finish() has said so.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "persistence/dump_format.h"

namespace trunkline::persistence {

enum class DumpFault : std::uint8_t {
  not_a_dump = 1,  // other first bytes
  newer_version,   // written by a later version of Trunkline
  truncated,       // it ends before its end
  bad_length,      // a chunk says that it is longer than any
  bad_checksum,    // a chunk was changed
  bad_chunk,       // a chunk is missing, doubled, or of an unknown kind
  bad_item,        // an item does not read as its kind says, or a value is out of its range
  bad_order,       // an item stands where it may not
  bad_counts,      // the end counts or digests something else than what was read
  more_behind,     // bytes follow the end
};

struct DumpProblem {
  DumpFault fault;
  std::uint64_t offset;  // in the file, of the chunk where it was found
};
// A sentence with what to do.
std::string to_string(const DumpProblem& problem);

class DumpReader {
 public:
  using Take = std::function<void(const DumpItem& item)>;
  // `take` may throw: the reader is then of no use any more.
  explicit DumpReader(Take take);
  ~DumpReader();
  DumpReader(const DumpReader&) = delete;
  DumpReader& operator=(const DumpReader&) = delete;

  // The next bytes of the file. A problem is for good: feed nothing more.
  [[nodiscard]] std::optional<DumpProblem> feed(wire::BytesView bytes);
  // After the last byte.
  [[nodiscard]] std::optional<DumpProblem> finish() const;

  // What was read so far.
  const DumpCounts& counts() const;
  // REQUIRES: finish() found nothing.
  const DumpDigest& digest() const;

 private:
  class Parts;
  std::unique_ptr<Parts> parts_;
};

// The same for a file that lies in memory: gives its items to `take`, returns what is wrong.
[[nodiscard]] std::optional<DumpProblem> read_dump(wire::BytesView file,
                                                   const DumpReader::Take& take);

}  // namespace trunkline::persistence
