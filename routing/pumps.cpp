#include "routing/pumps.h"

#include <algorithm>

#include "wire/check.h"

namespace trunkline::routing {

using wire::Fault;
using wire::Mseq;

void Pumps::run(Mailbox& mailbox) {
  for (Device& device : mailbox.devices) {
    if (device.session) run(mailbox, device);
  }
}

bool Pumps::is_open(const Pump& pump) const {
  if (turn_.planted(Fault::window_overrun)) return true;
  return pump.untaken.size() < wire::kPumpRecordsMax && pump.untaken_bytes < wire::kPumpBytesMax;
}

void Pumps::run(Mailbox& mailbox, Device& device) {
  Pump& pump = device.session->pump;
  if (pump.loading || pump.position >= mailbox.head.mseq || !is_open(pump)) return;
  pump.loading = true;
  wire::LoadMessages load;
  load.owner = mailbox.owner;
  load.after = pump.position;
  const bool bounded = !turn_.planted(Fault::window_overrun);
  load.records_max = bounded ? wire::kPumpRecordsMax - pump.untaken.size() : wire::kPumpRecordsMax;
  load.bytes_max = bounded ? wire::kPumpBytesMax - pump.untaken_bytes : wire::kPumpBytesMax;
  ++mailbox.pins;
  loads_.ask(std::move(load),
             ForPump{&mailbox, device.name, device.session->sepoch, device.session->address});
}

void Pumps::taken(Mailbox& mailbox, Device& device, Mseq mseq) {
  Pump& pump = device.session->pump;
  auto left = pump.untaken.begin();
  for (; left != pump.untaken.end() && left->mseq <= mseq; ++left)
    pump.untaken_bytes -= left->bytes;
  pump.untaken.erase(pump.untaken.begin(), left);
  run(mailbox, device);
}

void Pumps::loaded(const ForPump& purpose, const wire::MessagesLoaded& loaded) {
  Mailbox& mailbox = *purpose.mailbox;
  mailboxes_.unpin(mailbox);
  Device* device = mailbox.session_of(purpose.device, purpose.sepoch, purpose.address);
  if (device == nullptr) return;  // It was replaced or has left meanwhile.
  Registered& session = *device->session;
  session.pump.loading = false;
  for (const wire::Bytes& record : loaded.records) deliver(session, record);
  if (loaded.records.empty()) skip_to(session, loaded.first);
  run(mailbox, *device);
}

// Where retention has passed the session: it is told, and goes on from what is left.
void Pumps::skip_to(Registered& session, Mseq first) {
  if (first <= session.pump.position + 1) return;
  courier_.bring(session.address, wire::Trimmed{first});
  session.pump.position = first - 1;
}

void Pumps::deliver(Registered& session, wire::BytesView bytes) {
  const auto view = wire::decode_record(bytes);
  TRUNKLINE_CHECK(view.has_value(), "the store gives records as it got them");
  const auto record = wire::record_of<wire::MessageRecord>(*view);
  TRUNKLINE_CHECK(record.has_value(), "a mailbox holds messages");
  Pump& pump = session.pump;
  if (record->mseq <= pump.position) return;
  skip_to(session, record->mseq);
  pump.position = record->mseq;
  pump.untaken.push_back({record->mseq, bytes.size()});
  pump.untaken_bytes += bytes.size();
  ++turn_.counters.delivered;
  courier_.bring(session.address, wire::Deliver{record->mseq, record->time_ms, record->message},
                 record->stamps);
}

void Pumps::show(Mailbox& mailbox, const wire::Bytes& record) {
  for (Device& device : mailbox.devices) {
    if (device.session) deliver(*device.session, record);
  }
}

}  // namespace trunkline::routing
