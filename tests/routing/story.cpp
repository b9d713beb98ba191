#include "tests/routing/story.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace trunkline::routing {

using wire::Bytes;
using wire::BytesView;
using wire::FrameView;
using wire::Kind;
using wire::Mseq;
using wire::RankId;

namespace {

std::string text(BytesView view) {
  return std::string(view);
}

std::string deliver_text(const wire::Deliver& deliver) {
  return std::to_string(deliver.mseq) + " from " + text(deliver.message.from) + ": " +
         text(deliver.message.body).substr(0, 20);
}

std::string page_text(const wire::Page& page) {
  std::string words = "page";
  BytesView entries = page.entries;
  while (!entries.empty()) words += " " + std::to_string(wire::next_entry(entries)->mseq);
  return words + (page.complete ? " complete" : "") + (page.last ? "" : " more");
}

}  // namespace

// ---- Client

wire::Address Client::address() const {
  return {edge_.rank_, edge_.port_, id_};
}

template <class Payload>
void Client::say(BytesView home_of, const Payload& payload) {
  wire::FrameHeader header;
  header.address = address();
  header.slot = wire::slot_of(home_of);
  edge_.say(header, payload);
}

void Client::attach(Mseq resume, BytesView mailbox) {
  say(user_, wire::Attach{user_, device_, 0, resume, mailbox, auth_version});
}
void Client::reattach(Mseq resume) {
  say(user_, wire::Attach{user_, device_, sepoch, resume, {}, auth_version});
}
void Client::detach() {
  say(user_, wire::Detach{user_, device_, sepoch});
}

wire::Tag Client::send(BytesView to, BytesView id, BytesView body) {
  resend(++last_tag_, to, id, body);
  return last_tag_;
}

void Client::resend(wire::Tag tag, BytesView to, BytesView id, BytesView body) {
  wire::Send send;
  send.tag = tag;
  send.sepoch = sepoch;
  send.message = {wire::MessageClass::stored, user_, device_, to, id, body, {}};
  say(to, send);
}

void Client::direct(BytesView to, BytesView id, BytesView body) {
  wire::Direct direct;
  direct.message = {wire::MessageClass::direct, user_, device_, to, id, body, {}};
  say(to, direct);
}

void Client::taken(Mseq mseq) {
  say(user_, wire::Taken{user_, device_, sepoch, mseq});
}
void Client::received(Mseq mseq) {
  say(user_, wire::Received{user_, device_, sepoch, mseq});
}
void Client::history(BytesView with, Mseq before, std::uint32_t limit) {
  say(user_, wire::History{user_, device_, sepoch, with, before, limit, "ref"});
}
void Client::verify(BytesView user) {
  say(user, wire::Verifier{user});
}

wire::VerifierIs Client::verifier() const {
  return *wire::payload_of<wire::VerifierIs>(*wire::decode(verifier_frame_));
}

std::string Client::heard() {
  edge_.story_.settle();
  std::string all;
  for (const std::string& each : std::exchange(heard_, {})) {
    all += (all.empty() ? "" : ", ") + each;
  }
  return all;
}

void Client::take(const FrameView& frame) {
  const auto told = [this](std::string words) { heard_.push_back(std::move(words)); };
  switch (frame.header.kind) {
    case Kind::attached: {
      const auto attached = *wire::payload_of<wire::Attached>(frame);
      sepoch = attached.sepoch;
      return told("attached at " + std::to_string(attached.cursor));
    }
    case Kind::attach_refused:
      return told("attach refused " +
                  text(to_string(wire::payload_of<wire::AttachRefused>(frame)->code)));
    case Kind::replaced:
      return told("replaced");
    case Kind::revoked:
      return told("revoked");
    case Kind::stored:
      return told("stored " + std::to_string(wire::payload_of<wire::Stored>(frame)->tag));
    case Kind::refused: {
      const auto refused = *wire::payload_of<wire::Refused>(frame);
      return told("refused " + std::to_string(refused.tag) + " " + text(to_string(refused.code)));
    }
    case Kind::fenced:
      return told("fenced " + std::to_string(wire::payload_of<wire::Fenced>(frame)->tag));
    case Kind::deliver: {
      const auto deliver = *wire::payload_of<wire::Deliver>(frame);
      if (takes) taken(deliver.mseq);
      return told(deliver_text(deliver));
    }
    case Kind::trimmed:
      return told("trimmed to " + std::to_string(wire::payload_of<wire::Trimmed>(frame)->from));
    case Kind::page:
      return told(page_text(*wire::payload_of<wire::Page>(frame)));
    case Kind::direct:
      return told("direct from " + text(wire::payload_of<wire::Direct>(frame)->message.from) +
                  ": " + text(wire::payload_of<wire::Direct>(frame)->message.body));
    case Kind::direct_refused:
      return told("direct refused " +
                  text(to_string(wire::payload_of<wire::DirectRefused>(frame)->code)));
    case Kind::verifier_is:
      verifier_frame_ = frame.whole;
      return told("verifier");
    default:
      ADD_FAILURE() << "a session is sent kind " << static_cast<int>(frame.header.kind);
  }
}

// ---- Edge

void Edge::hello() {
  if (!peer_.empty()) story_.by_peer_.erase(peer_);
  incarnation_ = ++story_.last_incarnation_;
  peer_ = name_ + "#" + std::to_string(incarnation_);
  story_.by_peer_[peer_] = this;
  sent_ = taken_ = skip_ = 0;
  epoch_ = 0;
  port_ = 0;
  reset_ = false;
  out_.clear();
  out_.add({}, wire::Hello{name_, 0, incarnation_});
  story_.settle();
}

Client& Edge::client(BytesView user, BytesView device) {
  const wire::SessionId id = ++last_session_;
  clients_[id] = std::make_unique<Client>(*this, id, Bytes(user), Bytes(device));
  return *clients_[id];
}

wire::BatchHeader Edge::header() {
  wire::BatchHeader header;
  header.epoch = epoch_;
  header.incarnation = incarnation_;
  header.consumed = confirms_ ? taken_ : 0;
  return header;
}

void Edge::flush() {
  if (out_.empty()) return;
  wire::BatchHeader next = header();
  next.number = ++sent_ + skip_;
  story_.to_ranks_[rank_].emplace_back(peer_, out_.take(next));
}

void Edge::lose_batch() {
  out_.clear();
  ++skip_;
}

void Edge::send_raw(Bytes frames) {
  wire::BatchBuilder batch;
  batch.add(frames, false);
  wire::BatchHeader next = header();
  next.number = ++sent_ + skip_;
  story_.to_ranks_[rank_].emplace_back(peer_, batch.take(next));
}

void Edge::beat() {
  out_.add({}, wire::Beat{});
}

void Edge::take(BytesView bytes) {
  const auto batch = wire::decode_batch(bytes, wire::Way::port);
  ASSERT_TRUE(batch.has_value());
  if (batch->header.incarnation != incarnation_) return;
  if (batch->header.number != 0) {
    ASSERT_EQ(batch->header.number, taken_ + 1) << "the rank's batches have a gap";
    taken_ = batch->header.number;
  }
  ++batches_in_;
  BytesView frames = batch->frames;
  while (!frames.empty()) {
    const FrameView frame = *wire::next_frame(frames);
    if (frame.header.kind == Kind::hello_ok) {
      const auto ok = *wire::payload_of<wire::HelloOk>(frame);
      port_ = ok.port;
      epoch_ = ok.epoch;
    } else if (frame.header.kind == Kind::reset) {
      reset_ = true;
    } else if (deaf_) {
      continue;
    } else if (frame.header.kind == Kind::beat) {
      ++beats_;
    } else if (frame.header.kind == Kind::admin_is) {
      admin_text_ += text(wire::payload_of<wire::AdminIs>(frame)->text);
    } else if (frame.header.kind == Kind::admin) {
      wire::FrameHeader answer;
      answer.address = frame.header.address;
      const std::string obeyed = "obeyed " + text(wire::payload_of<wire::Admin>(frame)->argument);
      out_.add(answer, wire::AdminIs{true, true, obeyed});
    } else {
      ASSERT_EQ(frame.header.address.rank, rank_);
      ASSERT_EQ(frame.header.address.port, port_);
      const auto client = clients_.find(frame.header.address.session);
      ASSERT_NE(client, clients_.end());
      client->second->take(frame);
    }
  }
}

// ---- Story

Story::Story(std::size_t ranks, Options options) : options_(std::move(options)), ranks_(ranks) {
  for (std::size_t i = 0; i < ranks; ++i) {
    wire::PrintKey key{};
    key[0] = static_cast<unsigned char>(i + 1);
    ranks_[i].disk =
        std::make_unique<persistence::MemoryDisk>(i + 1, key, std::array<unsigned char, 32>{7});
    start(static_cast<RankId>(i));
  }
  settle();
}
Story::~Story() = default;

void Story::start(RankId rank) {
  RankEnd& end = ranks_[rank];
  persistence::MemoryConfig store;
  store.self = rank;
  store.slots = wire::SlotMap::fresh(ranks_.size(), epoch_);
  store.commit_in_poll = false;
  store.retention.records = options_.retention_records;
  end.store = std::make_unique<persistence::MemoryStore>(*end.disk, store);
  end.store->begin(epoch_);
  RouterConfig config;
  config.self = rank;
  config.epoch = epoch_;
  config.iterations = wire::kIterationsDemo;
  config.same_host.assign(ranks_.size(), true);
  options_.tune(config);
  end.router = std::make_unique<Router>(config, store.slots, end.store->opened());
  end.effects.clear();
  end.held_loads.clear();
}

void Story::restart() {
  ++epoch_;
  links_.clear();
  to_ranks_.clear();
  for (std::size_t i = 0; i < ranks_.size(); ++i) {
    ranks_[i].router.reset();
    ranks_[i].store.reset();
    start(static_cast<RankId>(i));
  }
  settle();
}

Bytes Story::account(BytesView user, BytesView mailbox) const {
  wire::Account account;
  account.user = user;
  account.salt = "salt of a user";
  account.stored_key = "stored key";
  account.server_key = "server key";
  account.iterations = wire::kIterationsDemo;
  account.mailbox = mailbox;
  return wire::encoded_account(account);
}

Bytes Story::user_at(RankId rank, int number) {
  const wire::SlotMap slots = wire::SlotMap::fresh(ranks_.size(), epoch_);
  for (int i = 0;; ++i) {
    Bytes name = "u" + std::to_string(i);
    if (slots.home(name) != rank || number-- > 0) continue;
    ranks_[rank].disk->accounts.emplace(name, account(name));
    return name;
  }
}

Edge& Story::edge(RankId rank, const std::string& name) {
  std::unique_ptr<Edge>& edge = edges_[name + "@" + std::to_string(rank)];
  if (!edge) {
    edge = std::make_unique<Edge>(*this, rank, name);
    edge->hello();
  }
  return *edge;
}

void Story::step(RankId rank, decltype(Event::what) what) {
  now_.wall_ms = wall_offset_ms_ + now_.mono_us / 1000;
  ranks_[rank].router->step({now_, std::move(what)}, ranks_[rank].effects);
}

bool Story::take_store(RankId rank) {
  RankEnd& end = ranks_[rank];
  if (!end.holds_commits) end.store->commit_all();
  std::vector<wire::StoreEvent> events;
  end.store->poll(events);
  for (wire::StoreEvent& event : events) step(rank, std::move(event));
  return !events.empty();
}

bool Story::act(RankId rank) {
  RankEnd& end = ranks_[rank];
  Effects effects = std::exchange(end.effects, {});
  bool moved = !effects.stores.empty();
  end.store->submit(std::move(effects.stores));
  for (ToPort& out : effects.to_ports) {
    moved = true;
    const auto peer = by_peer_.find(out.peer);
    if (peer != by_peer_.end()) peer->second->take(out.batch);
  }
  for (ToLink& out : effects.to_links) {
    moved = true;
    links_[{rank, out.peer}].push_back(std::move(out.batch));
  }
  for (const ToAdmin& out : effects.to_admin) {
    const auto answer = *wire::payload_of<wire::AdminIs>(*wire::decode(out.frame));
    end.admin_text += (answer.done ? "" : "refused: ") + text(answer.text);
  }
  for (ReportAsked& asked : effects.reports) end.reports.push_back(std::move(asked));
  end.rings.insert(end.rings.end(), effects.rings.begin(), effects.rings.end());
  for (wire::Load& load : effects.loads) {
    moved = true;
    wire::Loaded loaded;
    if (end.holds_loads) {
      end.held_loads.push_back(std::move(load));
    } else if (end.store->load(load, loaded)) {
      step(rank, wire::StoreEvent(std::move(loaded)));
    }
  }
  // What a test looks at: the last word of the router about its turn.
  end.effects.owes_nothing = effects.owes_nothing;
  end.effects.wake_at_us = effects.wake_at_us;
  end.effects.quiet = effects.quiet;
  end.effects.silent_neighbour = effects.silent_neighbour;
  return moved || !end.effects.loads.empty() || !effects.owes_nothing;
}

void Story::turn(RankId rank) {
  for (auto& [peer, batch] : std::exchange(to_ranks_[rank], {})) step(rank, PortBatch{peer, batch});
  for (auto& [way, batches] : links_) {
    if (way.second != rank || held_links_.contains(way)) continue;
    for (const Bytes& batch : std::exchange(batches, {})) step(rank, LinkBatch{way.first, batch});
  }
  take_store(rank);
  step(rank, TurnEnd{});
}

void Story::settle() {
  for (bool moved = true; moved;) {
    moved = false;
    for (const auto& [name, edge] : edges_) edge->flush();
    for (std::size_t i = 0; i < ranks_.size(); ++i) {
      const auto rank = static_cast<RankId>(i);
      moved = moved || !to_ranks_[rank].empty();
      turn(rank);
      moved = act(rank) || moved;
    }
  }
}

void Story::advance(std::int64_t us) {
  const std::int64_t until = now_.mono_us + us;
  while (now_.mono_us < until) {
    std::int64_t next = until;
    for (RankEnd& end : ranks_) next = std::min(next, end.effects.wake_at_us);
    now_.mono_us = std::max(next, now_.mono_us + 1);
    settle();
  }
}

void Story::let_commit(RankId rank) {
  ranks_[rank].holds_commits = false;
  settle();
}

void Story::set_full(RankId rank, bool full) {
  ranks_[rank].store->set_full(full);
  settle();
}

void Story::let_load(RankId rank) {
  RankEnd& end = ranks_[rank];
  end.holds_loads = false;
  std::vector<wire::Load> held = std::exchange(end.held_loads, {});
  std::reverse(held.begin(), held.end());
  for (const wire::Load& load : held) {
    wire::Loaded loaded;
    end.store->load(load, loaded);
    step(rank, wire::StoreEvent(std::move(loaded)));
  }
  settle();
}

void Story::retain(RankId rank) {
  ranks_[rank].store->retain(persistence::kNoWallTime);
  settle();
}

std::string Story::admin(RankId rank, wire::AdminVerb verb, BytesView user, BytesView argument,
                         RankId target) {
  const Bytes frame = wire::encoded({}, wire::Admin{verb, target, user, argument});
  step(rank, AdminFrame{1, frame});
  settle();
  return std::exchange(ranks_[rank].admin_text, {});
}

std::vector<std::string> Story::log_of(RankId rank, BytesView user) const {
  std::vector<std::string> lines;
  const auto& log = ranks_[rank].disk->log;
  for (wire::Lsn lsn = log.first(); lsn <= log.last(); ++lsn) {
    const auto record = wire::record_of<wire::MessageRecord>(*wire::decode_record(log.at(lsn)));
    if (!record || record->owner != user) continue;
    lines.push_back(std::to_string(record->mseq) + " " + text(record->message.from) + ">" +
                    text(record->message.to) + " " + text(record->message.id));
  }
  return lines;
}

std::size_t Story::records_in_log(RankId rank, wire::RecordType type) const {
  const auto& log = ranks_[rank].disk->log;
  std::size_t count = 0;
  for (wire::Lsn lsn = log.first(); lsn <= log.last(); ++lsn) {
    count += wire::decode_record(log.at(lsn))->type == type;
  }
  return count;
}

}  // namespace trunkline::routing
