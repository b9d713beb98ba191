// The rules between the items of a dump (dump_format.h): which may follow which, and what their
// values may be. Reader and writer hold every item against them. Pure.
#pragma once

#include "persistence/dump_reader.h"

namespace trunkline::persistence {

class DumpOrder {
 public:
  // Each takes the next item, whose `decoded` is set. Nothing: it may stand here.
  std::optional<DumpFault> next(const DumpAccount& item);
  std::optional<DumpFault> next(const DumpMailbox& item);
  std::optional<DumpFault> next(const DumpCursor& item);
  std::optional<DumpFault> next(const DumpMessage& item);
  std::optional<DumpFault> next(const DumpRemembered& item);

 private:
  // `kind` may stand here, and after `key` if the item before was of the same kind.
  std::optional<DumpFault> follow(DumpKind kind, wire::Bytes key);

  DumpKind last_ = DumpKind::account;
  wire::Bytes last_account_, last_owner_, last_key_;
  wire::Bytes owner_;  // of the mailbox that is being read; empty: none yet
  wire::Mseq head_ = 0, first_ = 1;
};

inline void count(DumpCounts& counts, const DumpAccount&) {
  ++counts.accounts;
}
inline void count(DumpCounts& counts, const DumpMailbox&) {
  ++counts.mailboxes;
}
inline void count(DumpCounts& counts, const DumpCursor&) {
  ++counts.cursors;
}
inline void count(DumpCounts& counts, const DumpMessage&) {
  ++counts.messages;
}
inline void count(DumpCounts& counts, const DumpRemembered&) {
  ++counts.remembered;
}

}  // namespace trunkline::persistence
