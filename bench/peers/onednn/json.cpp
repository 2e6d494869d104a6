#include "json.h"

#include <cstdlib>
#include <sstream>
#include <stdexcept>

namespace {

/* Reads a line from its start to its end. */
class Reader {
  public:
    explicit Reader(const std::string &line) : at_(line.c_str()) {}

    /* Takes the character if it comes next, blanks aside. */
    bool take(char c) {
        while (*at_ == ' ')
            at_++;
        if (*at_ != c)
            return false;
        at_++;
        return true;
    }

    void expect(char c) {
        if (!take(c))
            throw std::runtime_error(std::string("the request is no JSON object: expected ") + c);
    }

    bool text_follows() { return take('"') && at_--; }

    std::string text() {
        expect('"');
        std::string value;
        while (*at_ != '\0' && *at_ != '"') {
            if (*at_ == '\\')
                throw std::runtime_error("the request has a text with an escape, which no field needs");
            value += *at_++;
        }
        expect('"');
        return value;
    }

    double number() {
        char *end;
        double value = std::strtod(at_, &end);
        if (end == at_)
            throw std::runtime_error("the request is no JSON object: expected a number");
        at_ = end;
        return value;
    }

    std::vector<float> numbers() {
        std::vector<float> values;
        if (take(']'))
            return values;
        do
            values.push_back((float)number());
        while (take(','));
        expect(']');
        return values;
    }

  private:
    const char *at_;
};

template <class Value> const Value &find(const std::map<std::string, Value> &fields, const std::string &name) {
    auto field = fields.find(name);
    if (field == fields.end())
        throw std::runtime_error("the request lacks " + name);
    return field->second;
}

} // namespace

Json::Json(const std::string &line) {
    Reader reader(line);
    reader.expect('{');
    if (reader.take('}'))
        return;
    do {
        auto name = reader.text();
        reader.expect(':');
        if (reader.text_follows())
            texts_[name] = reader.text();
        else if (reader.take('['))
            arrays_[name] = reader.numbers();
        else
            numbers_[name] = reader.number();
    } while (reader.take(','));
    reader.expect('}');
}

const std::string &Json::text(const std::string &name) const {
    return find(texts_, name);
}

double Json::number(const std::string &name) const {
    return find(numbers_, name);
}

const std::vector<float> &Json::numbers(const std::string &name) const {
    return find(arrays_, name);
}

std::string json_quote(const std::string &text) {
    std::string quoted = "\"";
    for (char c : text)
        quoted += c == '"' || c == '\\' || (unsigned char)c < ' ' ? '\'' : c;
    return quoted + '"';
}

std::string json_array(const std::vector<float> &values) {
    std::ostringstream out;
    out.precision(9);
    out << '[';
    for (size_t i = 0; i < values.size(); i++)
        out << (i ? "," : "") << values[i];
    out << ']';
    return out.str();
}
