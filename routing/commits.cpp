#include "routing/commits.h"

#include "wire/check.h"

namespace trunkline::routing {

wire::Op Commits::append(wire::Bytes record, Queued queued, bool with_previous) {
  const std::size_t bytes = record.size();
  return add(wire::AppendRecord{std::move(record)}, bytes, std::move(queued), with_previous);
}

wire::Op Commits::put_account(wire::Bytes account, Queued queued) {
  const std::size_t bytes = account.size();
  return add(wire::PutAccount{std::move(account)}, bytes, std::move(queued), false);
}

wire::Op Commits::add(std::variant<wire::AppendRecord, wire::PutAccount> what, std::size_t bytes,
                      Queued queued, bool with_previous) {
  const wire::Op op = first_ + entries_.size();
  const bool patient =
      std::holds_alternative<QueuedCopy>(queued) || std::holds_alternative<QueuedCopied>(queued);
  entries_.push_back({std::move(queued), bytes});
  bytes_ += bytes;
  fresh_ = true;
  turn_.effects->stores.push_back({op, generation_, with_previous, std::move(what), patient});
  return op;
}

QueuedMessage& Commits::message(wire::Op op) {
  TRUNKLINE_CHECK(op >= first_ && op - first_ < entries_.size(), "the operation is still queued");
  return std::get<QueuedMessage>(entries_[op - first_].queued);
}

}  // namespace trunkline::routing
