#include "routing/cursors.h"

#include <algorithm>
#include <utility>

namespace trunkline::routing {

using wire::Bytes;

void Cursors::mark(Mailbox& mailbox, Bytes device, bool forgotten) {
  if (dirty_.empty()) dirty_since_us_ = turn_.now.mono_us;
  ++mailbox.pins;
  // A device that is forgotten and came back since must end up known.
  dirty_.insert(forgotten ? dirty_.begin() : dirty_.end(),
                {&mailbox, std::move(device), forgotten});
}

void Cursors::received(Mailbox& mailbox, Device& device, wire::Mseq mseq) {
  device.seen_ms = turn_.now.wall_ms;
  if (mseq > device.session->pump.position || mseq <= device.cursor) return;
  device.cursor = mseq;
  if (!std::exchange(device.cursor_dirty, true)) mark(mailbox, device.name, false);
}

Device* Cursors::know(Mailbox& mailbox, wire::BytesView name) {
  if (Device* known = mailbox.device(name)) {
    known->seen_ms = turn_.now.wall_ms;
    return known;
  }
  if (mailbox.devices.size() >= wire::kDevicesPerUserMax) {
    auto oldest = mailbox.devices.end();
    for (auto device = mailbox.devices.begin(); device != mailbox.devices.end(); ++device) {
      if (device->session) continue;
      if (oldest == mailbox.devices.end() || device->seen_ms < oldest->seen_ms) oldest = device;
    }
    if (oldest == mailbox.devices.end()) return nullptr;
    mark(mailbox, std::move(oldest->name), true);
    mailbox.devices.erase(oldest);
  }
  Device& device = mailbox.devices.emplace_back();
  device.name = name;
  device.seen_ms = turn_.now.wall_ms;
  device.cursor_dirty = true;
  mark(mailbox, device.name, false);
  return &device;
}

void Cursors::flush(bool riding) {
  if (dirty_.empty() || turn_.full) return;
  if (!riding && !turn_.stopping && turn_.now.mono_us < flush_at()) return;
  for (Dirty& dirty : std::exchange(dirty_, {})) {
    wire::CursorRecord record;
    record.owner = dirty.mailbox->owner;
    record.device = dirty.device;
    record.forgotten = dirty.forgotten;
    if (!dirty.forgotten) {
      Device* device = dirty.mailbox->device(dirty.device);
      if (device == nullptr) {  // Forgotten since; that has a record of its own.
        mailboxes_.unpin(*dirty.mailbox);
        continue;
      }
      device->cursor_dirty = false;
      record.mseq = device->cursor;
      record.seen_ms = device->seen_ms;
    }
    Bytes bytes = wire::encoded_record(record);
    commits_.append(std::move(bytes),
                    QueuedCursor{dirty.mailbox, std::move(dirty.device), dirty.forgotten});
  }
}

void Cursors::undo(const QueuedCursor& queued) {
  Mailbox& mailbox = *queued.mailbox;
  Device* device = mailbox.device(queued.device);
  if (queued.forgotten) {
    mark(mailbox, queued.device, true);
  } else if (device != nullptr && !std::exchange(device->cursor_dirty, true)) {
    mark(mailbox, queued.device, false);
  }
  mailboxes_.unpin(mailbox);
}

}  // namespace trunkline::routing
