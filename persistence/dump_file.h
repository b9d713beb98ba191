// A dump as a file: written under another name, synced, read back, and only then renamed; or as a
// stream (`-`: stdout, stdin). Throws std::runtime_error that says what to do.
#pragma once

#include <functional>
#include <string>

#include "persistence/dump_reader.h"

namespace trunkline::persistence {

class DumpFileOut {
 public:
  // Takes the place of an older dump, but of no other file. `-`: stdout, unless it is a terminal.
  explicit DumpFileOut(const std::string& path);
  // Takes the unfinished file away.
  ~DumpFileOut();
  DumpFileOut(const DumpFileOut&) = delete;
  DumpFileOut& operator=(const DumpFileOut&) = delete;

  void put(wire::BytesView bytes);
  // Reads the file back, which must hold what `digest` is of, and puts it in its place; durable. A
  // stream is only passed on.
  void finish(const DumpDigest& digest);
  std::uint64_t bytes() const { return bytes_; }

 private:
  const std::string path_, writing_;
  int file_ = -1;
  bool finished_ = false;
  std::uint64_t bytes_ = 0;
};

class DumpFileIn {
 public:
  explicit DumpFileIn(const std::string& path);
  ~DumpFileIn();
  DumpFileIn(const DumpFileIn&) = delete;
  DumpFileIn& operator=(const DumpFileIn&) = delete;

  // Reads all of it. Returns its digest. `on_way` is told how many bytes were read. A file can be
  // read again, a stream cannot.
  DumpDigest read(const DumpReader::Take& take, const std::function<void(std::uint64_t)>& on_way);
  bool is_stream() const { return size_ == 0; }
  std::uint64_t size() const { return size_; }  // 0: nobody knows
  const DumpCounts& counts() const { return counts_; }

 private:
  const std::string name_;
  int file_ = -1;
  std::uint64_t size_ = 0;
  DumpCounts counts_;
};

}  // namespace trunkline::persistence
