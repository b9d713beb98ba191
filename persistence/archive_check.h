// What the tables of an archive say of one another, looked at as its pages are walked: values match
// their checksums, records stand under their own keys, every mailbox has its messages and every
// message its mailbox. A single value that is damaged is reported, and left out or told from its
// neighbours by who reads it; where that cannot be, finish() refuses.
//
// Threads: whoever walks.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "wire/bytes.h"

namespace trunkline::persistence {

class ArchiveCheck {
 public:
  explicit ArchiveCheck(std::string path) : path_(std::move(path)) {}

  // REQUIRES: the order of tables and keys.
  void see(wire::BytesView table, wire::BytesView key, wire::BytesView value);
  // All has been seen. Throws std::runtime_error that says what is beyond repair.
  void finish() const;

 private:
  struct Mailbox {
    bool known = false;                // its own value has been seen …
    bool whole = false;                // … and is whole
    std::uint64_t told = 0, seen = 0;  // records
    wire::Mseq first = 0;
  };
  void see_message(wire::BytesView key, wire::BytesView value);
  void see_mailbox(wire::BytesView key, wire::BytesView value);
  void see_remembered(wire::BytesView key, wire::BytesView value);
  void expect(bool whole, const char* what) const;

  const std::string path_;
  // By a hash of the owner's key.
  std::unordered_map<std::size_t, Mailbox> mailboxes_;
  // Sum of the hashes of all keys that messages ask for in `peers`, less those that are there.
  std::size_t peers_ = 0;
  // Hashes of the keys in `remembered` that messages may have; sorted when the first is asked for.
  std::vector<std::size_t> rememberable_;
  bool sorted_ = false;
  bool all_decoded_ = true;
};

}  // namespace trunkline::persistence
