// Who is not let in, and what is not said before.
#include "tests/door/refusal.h"
#include "wire/base64.h"

namespace trunkline::tests {
namespace {

const std::string kWrong = "error not_authorized, close 1008";
const std::string kEncoding = "error bad_encoding, close 1008";
const std::string kMechanism = "error bad_mechanism, close 1008";
const std::string kRequest = "error bad_request, close 1008";
const std::string kScram = "SCRAM-SHA-256", kPlus = "SCRAM-SHA-256-PLUS";

std::string said_by_a_stranger(Door& door, const std::string& text) {
  Caller caller = door.stranger();
  caller.say_text(text);
  return caller.ending();
}

// The first message of `mechanism`, whatever comes of it.
Refusal first(const std::string& name, const std::string& mechanism, const std::string& data,
              const std::string& expected) {
  return {"login", name,
          [=](Door& door) { return said_by_a_stranger(door, auth_text(mechanism, data)); },
          expected};
}
// The same with %u for a user who exists and whose password is the name, and %v for another.
Refusal of_users(const std::string& name, const std::string& mechanism, const std::string& data,
                 const std::string& expected) {
  const auto attempt = [=](Door& door) {
    std::string words = data;
    for (const std::string mark : {"%u", "%v"}) {
      const std::string user = door.new_user("alice");
      for (auto at = words.find(mark); at != std::string::npos; at = words.find(mark)) {
        words.replace(at, mark.size(), user);
      }
    }
    Caller caller = door.stranger();
    caller.say_text(auth_text(mechanism, words));
    return caller.ending();
  };
  return {"login", name, attempt, expected};
}
// A whole login by SCRAM.
Refusal scram(const std::string& name, std::function<std::string(Door&)> user,
              const std::string& password) {
  const auto attempt = [=](Door& door) {
    const std::string who = user(door);
    lab::SaslLogin login(lab::Mechanism::scram, who, password.empty() ? who : password);
    return door.stranger().finish(login, kScram);
  };
  return {"login", name, attempt, kWrong};
}
Refusal text(const std::string& name, const std::string& said, const std::string& expected) {
  return {"login", name, [=](Door& door) { return said_by_a_stranger(door, said); }, expected};
}

std::string disabled_user(Door& door) {
  const std::string user = door.new_user("alice");
  door.cluster().admin().disable(user);
  return user;
}

void add_wrong_ones(std::vector<Refusal>& all) {
  all.push_back(scram(
      "a wrong password by SCRAM", [](Door& d) { return d.new_user("alice"); }, "guess"));
  all.push_back(scram(
      "an unknown user by SCRAM", [](Door&) { return "nobody-scram"; }, ""));
  all.push_back(scram("a disabled user by SCRAM", disabled_user, "guess"));
  const auto by_plain = [&all](const std::string& name, std::function<std::string(Door&)> user,
                               const std::string& password) {
    const auto attempt = [=](Door& door) {
      const std::string who = user(door);
      return said_by_a_stranger(
          door, auth_text("PLAIN", plain_words(who, password.empty() ? who : password)));
    };
    all.push_back({"login", name, attempt, kWrong});
  };
  by_plain(
      "a wrong password by PLAIN", [](Door& d) { return d.new_user("alice"); }, "guess");
  by_plain(
      "an unknown user by PLAIN", [](Door&) { return "nobody-plain"; }, "");
  by_plain("a disabled user by PLAIN", disabled_user, "guess");
  // Who knows the password is told why.
  all.push_back({"login", "a disabled user with the right password",
                 [](Door& door) {
                   const std::string user = disabled_user(door);
                   return said_by_a_stranger(door, auth_text("PLAIN", plain_words(user, user)));
                 },
                 "error revoked, close 4003"});
  by_plain(
      "a user in other letters", [](Door& d) { return "A" + d.new_user("alice").substr(1); }, "");
  by_plain(
      "a password in other letters", [](Door& d) { return d.new_user("alice"); }, "ALICE");
  all.push_back({"login", "the sixth wrong password in a row",
                 [](Door& door) {
                   const std::string user = door.new_user("alice");
                   const std::string wrong = auth_text("PLAIN", plain_words(user, "guess"));
                   for (int i = 0; i < 5; ++i) said_by_a_stranger(door, wrong);
                   return said_by_a_stranger(door, auth_text("PLAIN", plain_words(user, user)));
                 },
                 "error throttled, close 1008"});
}

// Somebody who may log in acts as somebody else.
void add_acting_as(std::vector<Refusal>& all) {
  const std::string plain = std::string("%v") + '\0' + "%u" + '\0' + "%u";
  all.push_back(of_users("PLAIN as somebody else", "PLAIN", plain, kWrong));
  all.push_back(of_users("PLAIN as admin", "PLAIN",
                         std::string("admin") + '\0' + "%u" + '\0' + "%u", kWrong));
  all.push_back(of_users("SCRAM as somebody else", kScram, "n,a=%v,n=%u,r=fyko", kWrong));
  all.push_back(
      of_users("SCRAM-PLUS as somebody else", kPlus, "p=tls-exporter,a=%v,n=%u,r=fyko", kWrong));
}

void add_bindings(std::vector<Refusal>& all) {
  all.push_back(
      of_users("SCRAM that says that no PLUS was offered", kScram, "y,,n=%u,r=fyko", kWrong));
  all.push_back(
      of_users("SCRAM that binds without PLUS", kScram, "p=tls-exporter,,n=%u,r=fyko", kWrong));
  all.push_back(of_users("PLUS that does not bind", kPlus, "n,,n=%u,r=fyko", kWrong));
  all.push_back(of_users("PLUS bound by another name", kPlus, "p=tls-unique,,n=%u,r=fyko", kWrong));
  all.push_back({"login", "PLUS bound to another connection",
                 [](Door& door) {
                   const std::string user = door.new_user("alice");
                   lab::SaslLogin login(lab::Mechanism::scram_plus, user, user,
                                        std::string(32, 'x'));
                   return door.stranger().finish(login, kPlus);
                 },
                 kWrong});
  all.push_back({"login", "SCRAM's proof for another challenge",
                 [](Door& door) {
                   const std::string user = door.new_user("alice");
                   Caller one = door.stranger(), other = door.stranger();
                   lab::SaslLogin login(lab::Mechanism::scram, user, user);
                   const std::string words = auth_text(kScram, login.step({}).value());
                   one.say_text(words);
                   other.say_text(words);
                   one.told();
                   other.told();
                   const std::string proof = login.step(one.more()).value();
                   other.say_text(R"({"op":"response","data":")" + wire::to_base64(proof) +
                                  R"("})");
                   return other.ending();
                 },
                 kWrong});
}

void add_malformed(std::vector<Refusal>& all) {
  const std::string nul(1, '\0');
  all.push_back(first("PLAIN without a word", "PLAIN", "", kEncoding));
  all.push_back(first("PLAIN of two words", "PLAIN", "alice" + nul + "alice", kEncoding));
  all.push_back(
      first("PLAIN of four words", "PLAIN", nul + "a" + nul + "b" + nul + "c", kEncoding));
  all.push_back(first("PLAIN without a user", "PLAIN", nul + nul + "secret", kWrong));
  all.push_back(first("PLAIN without a password", "PLAIN", nul + "nobody-1" + nul, kWrong));
  all.push_back(
      first("a user of 65 bytes", "PLAIN", plain_words(std::string(65, 'u'), "p"), kWrong));
  all.push_back(first("a user with a line feed", "PLAIN", plain_words("al\nice", "p"), kWrong));
  all.push_back(first("a user that is no UTF-8", "PLAIN",
                      plain_words("al\xff"
                                  "ce",
                                  "p"),
                      kWrong));
  all.push_back(
      first("a password that is no UTF-8", "PLAIN", plain_words("nobody-2", "\xff"), kWrong));
  all.push_back(first("SCRAM without a word", kScram, "", kEncoding));
  all.push_back(first("SCRAM without a header", kScram, "n=alice,r=fyko", kEncoding));
  all.push_back(first("SCRAM with an extension that must be known", kScram, "n,,m=x,n=alice,r=fyko",
                      kEncoding));
  all.push_back(
      first("SCRAM with a name badly escaped", kScram, "n,,n=al=2Zice,r=fyko", kEncoding));
  all.push_back(first("SCRAM without a name", kScram, "n,,n=,r=fyko", kWrong));
  all.push_back(first("SCRAM without a nonce", kScram, "n,,n=nobody-3", kWrong));
  all.push_back(first("SCRAM with a bad header", kScram, "x,,n=nobody-4,r=fyko", kWrong));
  all.push_back({"login", "a response that is none of SCRAM",
                 [](Door& door) {
                   Caller caller = door.stranger();
                   caller.say_text(auth_text(kScram, "n,,n=" + door.new_user("alice") + ",r=fyko"));
                   caller.told();
                   caller.say_text(R"({"op":"response","data":"aGVsbG8="})");
                   return caller.ending();
                 },
                 kWrong});
  for (const char* mechanism :
       {"ANONYMOUS", "EXTERNAL", "LOGIN", "CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-1",
        "SCRAM-SHA-1-PLUS", "SCRAM-SHA-512", "GSSAPI", "GS2-KRB5", "NTLM", "SECURID", "OPENID20",
        "SAML20", "plain", "SCRAM-SHA-256 ", "SCRAM-SHA-256-plus"}) {
    all.push_back(first("mechanism " + std::string(mechanism), mechanism, "x", kMechanism));
  }
}

void add_out_of_place(std::vector<Refusal>& all) {
  const std::string strange = "error not_logged_in, close 1008";
  all.push_back(text("ping before the login", R"({"op":"ping","id":"p"})", strange));
  all.push_back(
      text("send before the login", R"({"op":"send","id":"m","to":"bob","body":"b"})", strange));
  all.push_back(text("history before the login", R"({"op":"history"})", strange));
  all.push_back(text("received before the login", R"({"op":"received","mseq":1})", strange));
  all.push_back(text("a response before a challenge", R"({"op":"response","data":""})", kRequest));
  all.push_back({"login", "a second first message",
                 [](Door& door) {
                   Caller caller = door.stranger();
                   const std::string words =
                       auth_text(kScram, "n,,n=" + door.new_user("alice") + ",r=fyko");
                   caller.say_text(words);
                   caller.told();
                   caller.say_text(words);
                   return caller.ending();
                 },
                 kRequest});
  all.push_back({"login", "a login within a session",
                 [](Door& door) {
                   const std::string user = door.new_user("alice"), other = door.new_user("bob");
                   Caller caller = door.stranger();
                   caller.log_in(user);
                   caller.say_text(auth_text("PLAIN", plain_words(other, other)));
                   return caller.ending();
                 },
                 kRequest});
  const auto auth_with = [](const std::string& members) {
    return R"({"op":"auth","mechanism":"PLAIN","data":"AGEAYQ==")" + members + "}";
  };
  all.push_back(text("no device", auth_with(""), kRequest));
  all.push_back(text("an empty device", auth_with(R"(,"device":"")"), kRequest));
  all.push_back(text("a device of 65 bytes",
                     auth_with(R"(,"device":")" + std::string(65, 'd') + "\""), kRequest));
  all.push_back(
      text("a device with a control character", auth_with(R"(,"device":"a\u0007")"), kRequest));
  all.push_back(text("a device that is a number", auth_with(R"(,"device":7)"), kRequest));
  all.push_back(text("two devices", auth_with(R"(,"device":"a","device":"b")"), kRequest));
  all.push_back(text("a cursor below zero", auth_with(R"(,"device":"a","cursor":-1)"), kRequest));
  all.push_back(
      text("a cursor with a fraction", auth_with(R"(,"device":"a","cursor":1.5)"), kRequest));
  all.push_back(
      text("a cursor of 2^53", auth_with(R"(,"device":"a","cursor":9007199254740992)"), kRequest));
  all.push_back(text("a mailbox of 65 bytes",
                     auth_with(R"(,"device":"a","mailbox":")" + std::string(65, 'm') + "\""),
                     kRequest));
  all.push_back(text("no data", R"({"op":"auth","mechanism":"PLAIN","device":"a"})", kRequest));
  all.push_back(text("data that is not base64",
                     R"({"op":"auth","mechanism":"PLAIN","data":"a b","device":"a"})", kEncoding));
  all.push_back(text("data with base64's end in the middle",
                     R"({"op":"auth","mechanism":"PLAIN","data":"YQ==YQ==","device":"a"})",
                     kEncoding));
  all.push_back({"login", "a cursor beyond the mailbox",
                 [](Door& door) {
                   const std::string user = door.new_user("alice");
                   return said_by_a_stranger(door, R"({"op":"auth","mechanism":"PLAIN","data":")" +
                                                       wire::to_base64(plain_words(user, user)) +
                                                       R"(","device":"a","cursor":1000})");
                 },
                 "error bad_cursor, close 1008"});
}

}  // namespace

std::vector<Refusal> login_refusals() {
  std::vector<Refusal> all;
  add_wrong_ones(all);
  add_acting_as(all);
  add_bindings(all);
  add_malformed(all);
  add_out_of_place(all);
  return all;
}

}  // namespace trunkline::tests
