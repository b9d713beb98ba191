#include "persistence/lmdb_store.h"

#include <ctime>
#include <stdexcept>

#include "persistence/archiver.h"
#include "persistence/damage.h"
#include "persistence/lmdb_archive.h"
#include "persistence/log_tables.h"
#include "persistence/log_writer.h"
#include "persistence/reading.h"
#include "persistence/state_tables.h"

namespace trunkline::persistence {

using wire::Bytes;
using wire::BytesView;
using wire::Lsn;

static_assert(Store<LmdbStore>);

namespace {

constexpr std::size_t kPortionRecordsMax = 4'096;
// Dropping what is archived out of the tail goes in steps, so that no turn of the rank waits for
// it.
constexpr std::size_t kDropBeside = 256;

IdentityWanted identity_wanted(const LmdbConfig& config) {
  return {config.self, config.slots, config.pepper};
}

// New data, whole and closed again: an identity, and two environments that belong to it.
void make_data(const LmdbConfig& config, const std::string& directory) {
  const StateTables state(directory + "/state.mdb", config.state_map_bytes, identity_wanted(config),
                          Opening::make);
  const wire::LogId log = state.identity().log;
  const LogTables log_tables(directory + "/log.mdb", config.log_map_bytes, log, Opening::make);
  const ArchiveTables archive_tables(directory + "/archive.mdb", config.archive_map_bytes, log,
                                     Opening::make);
}

wire::Now system_clock() {
  timespec mono{}, wall{};
  clock_gettime(CLOCK_MONOTONIC, &mono);
  clock_gettime(CLOCK_REALTIME, &wall);
  return {std::int64_t{mono.tv_sec} * 1'000'000 + mono.tv_nsec / 1'000,
          std::int64_t{wall.tv_sec} * 1'000 + wall.tv_nsec / 1'000'000};
}

// Retention trims the archive, so the tail holds no more than a mailbox may. And archiving begins,
// at twice the tail's bytes, before commits are held for it.
LmdbConfig with_tail_in_bounds(LmdbConfig config) {
  config.tail_records = std::min<std::size_t>(config.tail_records, config.retention.records);
  config.tail_bytes = std::min(config.tail_bytes, config.unarchived_bytes_max / 2);
  return config;
}

}  // namespace

class LmdbStore::Parts {
 public:
  explicit Parts(LmdbConfig config);

  void begin(wire::Epoch epoch);
  void submit(std::vector<wire::StoreOp> ops);
  wire::Loaded answer(const wire::Load& load);
  void poll(std::vector<wire::StoreEvent>& events);
  void sweep();
  StoreCounters counters() const;

  wire::StoreOpened opened;
  std::size_t queued = 0;
  Completions completions;

 private:
  void replay();
  void fold(Committed committed, std::vector<wire::StoreEvent>& events);
  void drop_archived();
  void start_portion();
  std::size_t portion_size() const;

  const LmdbConfig config_;
  DataDirectory directory_;
  StateTables state_;
  LogTables log_tables_;
  ArchiveTables archive_tables_;
  Ballast ballast_;
  LmdbArchive archive_{archive_tables_};

  Lsn archived_;          // by the archiver's word
  Lsn portion_last_ = 0;  // of what it has in hand; <= archived_: nothing
  bool sweeps_ = false;   // as soon as all up to sweep_from_ is archived
  Lsn sweep_from_ = 0;
  RecordLog log_;
  Tail tail_;
  Reading reading_{tail_, archive_};
  std::size_t may_drop_ = 0;
  std::uint32_t generation_ = 0;
  std::vector<Completion> taken_;
  std::uint64_t trimmed_ = 0, loads_ = 0, archived_count_ = 0;
  // Last, so that they end before what they work on.
  std::optional<LogWriter> writer_;
  std::optional<Archiver> archiver_;
};

LmdbStore::Parts::Parts(LmdbConfig config)
    : config_(with_tail_in_bounds(std::move(config))),
      directory_(config_.directory, config_.file_system,
                 [this](const std::string& made) { make_data(config_, made); }),
      state_(directory_.data_file("state.mdb"), config_.state_map_bytes, identity_wanted(config_),
             Opening::expect),
      log_tables_(directory_.data_file("log.mdb"), config_.log_map_bytes, state_.identity().log,
                  Opening::expect),
      archive_tables_(directory_.data_file("archive.mdb"), config_.archive_map_bytes,
                      state_.identity().log, Opening::expect),
      ballast_(directory_.file("ballast"), config_.ballast_bytes),
      archived_(archive_tables_.applied()),
      log_(archived_ + 1),
      tail_(log_, config_.slots, config_.self) {
  replay();
  opened.log = state_.identity().log;
  opened.epoch = state_.epoch();
  opened.storage = directory_.storage();
  opened.print_key = state_.identity().print_key;
  opened.pepper = state_.identity().pepper;
  opened.last_lsn = log_.last();
  for (const auto& [log, position] : tail_.sources())
    opened.copy_sources.push_back({log, position});
  for (const auto& [target, position] : tail_.copied()) {
    opened.copy_targets.push_back({target, position});
  }
}

void LmdbStore::Parts::replay() {
  const LogTables::Range held = log_tables_.range();
  if (held.last >= held.first && (held.first > archived_ + 1 || held.last < archived_)) {
    throw std::runtime_error(log_tables_.environment.path() + ": holds records " +
                             std::to_string(held.first) + " to " + std::to_string(held.last) +
                             ", the archive beside it those up to " + std::to_string(archived_) +
                             ": they are not of one time. Restore the directory as a whole");
  }
  tail_.start_positions(archive_.copied(), archive_.sources());
  log_tables_.replay(archived_ + 1,
                     [this](BytesView record) { tail_.apply(log_.append(Bytes(record))); });
}

void LmdbStore::Parts::begin(wire::Epoch epoch) {
  if (epoch <= opened.epoch) {
    throw std::runtime_error(config_.directory + ": has served epoch " +
                             std::to_string(opened.epoch) + " already, and is asked to serve " +
                             std::to_string(epoch) + "; let all ranks agree on a higher one");
  }
  state_.store_epoch(epoch);
  const LogTables::Range held = log_tables_.range();
  const Lsn first = held.last >= held.first ? held.first : log_.last() + 1;
  writer_.emplace(WriterTable{log_tables_.environment, log_tables_.records,
                              config_.log_map_bytes_max, config_.chunk_bytes},
                  WriterTable{state_.environment, state_.accounts, config_.state_map_bytes,
                              config_.chunk_bytes / 4},
                  first, log_.last() + 1, ballast_, completions,
                  config_.trace != nullptr ? &config_.trace->ring() : nullptr);
  writer_->trim_up_to(archived_);
  archiver_.emplace(archive_tables_,
                    ArchiverConfig{ArchiveRules{config_.slots, config_.self, config_.retention},
                                   config_.archive_map_bytes_max,
                                   config_.chunk_bytes,
                                   config_.sweep_every,
                                   config_.clock ? config_.clock : system_clock,
                                   {&archive_tables_.environment, &state_.environment}},
                    ballast_, completions);
  start_portion();
}

void LmdbStore::Parts::submit(std::vector<wire::StoreOp> ops) {
  TRUNKLINE_CHECK(writer_.has_value(), "begin() comes before submit()");
  std::erase_if(ops, [this](const wire::StoreOp& op) { return op.generation != generation_; });
  if (ops.empty()) return;
  queued += ops.size();
  writer_->submit(std::move(ops));
}

void LmdbStore::Parts::poll(std::vector<wire::StoreEvent>& events) {
  completions.take(taken_);
  if (taken_.empty()) return;
  may_drop_ = kDropBeside;
  for (Completion& completion : taken_) {
    if (auto* committed = std::get_if<Committed>(&completion)) {
      fold(std::move(*committed), events);
    } else if (const auto* archived = std::get_if<Archived>(&completion)) {
      archived_count_ += archived->lsn - archived_;
      archived_ = archived->lsn;
      writer_->trim_up_to(archived_);
    } else if (std::holds_alternative<SweepDue>(completion)) {
      sweep();
    } else if (const auto* taken_back = std::get_if<wire::TakenBack>(&completion)) {
      // Whatever has been submitted so far is of an older generation.
      generation_ = taken_back->generation;
      queued = 0;
      events.emplace_back(*taken_back);
    } else if (const auto* room = std::get_if<wire::RoomChanged>(&completion)) {
      events.emplace_back(*room);
    } else {
      ++trimmed_;
      events.emplace_back(std::move(std::get<wire::MailboxTrimmed>(completion)));
    }
  }
  drop_archived();
  start_portion();
  writer_->hold(log_.bytes() > config_.unarchived_bytes_max);
}

void LmdbStore::Parts::fold(Committed committed, std::vector<wire::StoreEvent>& events) {
  const wire::Op last = committed.ops.back().op;
  for (wire::StoreOp& op : committed.ops) {
    auto* append = std::get_if<wire::AppendRecord>(&op.what);
    if (append != nullptr) tail_.apply(log_.append(std::move(append->record)));
  }
  queued -= committed.ops.size();
  may_drop_ += 2 * committed.ops.size();
  events.emplace_back(wire::Durable{last, committed.last_lsn});
}

void LmdbStore::Parts::drop_archived() {
  if (log_.first() > archived_) return;
  const Lsn up_to = std::min(archived_, log_.first() + may_drop_ - 1);
  tail_.drop_up_to(up_to);
  log_.drop_up_to(up_to);
}

std::size_t LmdbStore::Parts::portion_size() const {
  if (sweeps_) return std::min(sweep_from_ - archived_, kPortionRecordsMax);
  const std::size_t unarchived = log_.last() - archived_;
  std::size_t bytes = log_.bytes();
  const bool enough =
      unarchived >= config_.tail_records +
                        std::clamp(config_.tail_records, std::size_t{1}, kPortionRecordsMax) ||
      bytes > 2 * config_.tail_bytes;
  if (!enough) return 0;
  std::size_t size = 0;
  while (size < std::min(unarchived, kPortionRecordsMax) &&
         (unarchived - size > config_.tail_records || bytes > config_.tail_bytes)) {
    bytes -= log_.at(archived_ + 1 + size).size();
    ++size;
  }
  return size;
}

void LmdbStore::Parts::sweep() {
  // The archive alone is swept, so what is in the tail goes there first.
  sweeps_ = true;
  sweep_from_ = log_.last();
  start_portion();
}

void LmdbStore::Parts::start_portion() {
  if (portion_last_ > archived_) return;
  if (sweeps_ && archived_ >= sweep_from_) {
    sweeps_ = false;
    archiver_->sweep();
  }
  const std::size_t size = portion_size();
  if (size == 0) return;
  ArchivePortion portion;
  portion.first = archived_ + 1;
  portion.copied = tail_.copied();
  portion.records.reserve(size);
  for (std::size_t at = 0; at < size; ++at) portion.records.push_back(log_.at(portion.first + at));
  portion_last_ = portion.last();
  archiver_->archive(std::move(portion));
}

wire::Loaded LmdbStore::Parts::answer(const wire::Load& load) {
  ++loads_;
  wire::Loaded loaded;
  loaded.ticket = load.ticket;
  if (const auto* mailbox = std::get_if<wire::LoadMailbox>(&load.what)) {
    wire::MailboxLoaded answer = reading_.mailbox(*mailbox);
    answer.account = state_.account(mailbox->owner);
    loaded.what = std::move(answer);
  } else if (const auto* messages = std::get_if<wire::LoadMessages>(&load.what)) {
    loaded.what = reading_.messages(*messages);
  } else if (const auto* history = std::get_if<wire::LoadHistory>(&load.what)) {
    loaded.what = reading_.history(*history);
  } else if (const auto* remembered = std::get_if<wire::LoadRemembered>(&load.what)) {
    loaded.what = reading_.remembered(*remembered);
  } else if (const auto* copies = std::get_if<wire::LoadCopies>(&load.what)) {
    loaded.what = reading_.copies(*copies);
  } else if (const auto* account = std::get_if<wire::LoadAccount>(&load.what)) {
    loaded.what = wire::AccountLoaded{state_.account(account->owner)};
  } else {
    loaded.what = state_.list(std::get<wire::LoadAccounts>(load.what));
  }
  return loaded;
}

StoreCounters LmdbStore::Parts::counters() const {
  StoreCounters counters;
  counters.archived = archived_count_;
  counters.trimmed = trimmed_;
  counters.loads = loads_;
  counters.damaged = damage_reported();
  if (writer_) {
    counters.commits = writer_->counters().commits;
    counters.commit_us = writer_->counters().commit_us;
    counters.records = writer_->counters().records;
    counters.bytes = writer_->counters().bytes;
    counters.taken_back = writer_->counters().taken_back;
  }
  return counters;
}

LmdbStore::LmdbStore(LmdbConfig config) : parts_(std::make_unique<Parts>(std::move(config))) {}

LmdbStore::~LmdbStore() = default;

const wire::StoreOpened& LmdbStore::opened() const {
  return parts_->opened;
}

void LmdbStore::begin(wire::Epoch epoch) {
  parts_->begin(epoch);
}

void LmdbStore::submit(std::vector<wire::StoreOp> ops) {
  parts_->submit(std::move(ops));
}

bool LmdbStore::load(const wire::Load& load, wire::Loaded& out) {
  out = parts_->answer(load);
  return true;
}

void LmdbStore::poll(std::vector<wire::StoreEvent>& events) {
  parts_->poll(events);
}

int LmdbStore::event_fd() const {
  return parts_->completions.event_fd();
}

std::size_t LmdbStore::queued() const {
  return parts_->queued;
}

StoreCounters LmdbStore::counters() const {
  return parts_->counters();
}

void LmdbStore::sweep() {
  parts_->sweep();
}

}  // namespace trunkline::persistence
