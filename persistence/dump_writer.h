// Writes a dump file: items in, chunks out. Every item is held against the rules that the reader
// has, so that what was written can be read. Pure.
#pragma once

#include "persistence/dump_order.h"

namespace trunkline::persistence {

class DumpWriter {
 public:
  // `put` gets the bytes of the file, piece by piece. It may throw.
  using Put = std::function<void(wire::BytesView bytes)>;
  DumpWriter(const DumpHeader& header, Put put);
  ~DumpWriter();
  DumpWriter(const DumpWriter&) = delete;
  DumpWriter& operator=(const DumpWriter&) = delete;

  // Each adds one item, whose `decoded` is set. Throws std::runtime_error, naming it, where a rule
  // forbids it (data that no rank writes).
  void add(const DumpAccount& item);
  void add(const DumpMailbox& item);
  void add(const DumpCursor& item);
  void add(const DumpMessage& item);
  void add(const DumpRemembered& item);
  // Writes the end.
  void finish();

  const DumpCounts& counts() const;
  const DumpDigest& digest() const;  // after finish()

 private:
  class Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace trunkline::persistence
