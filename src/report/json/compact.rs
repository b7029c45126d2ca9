//! serde's data model as JSON without line breaks.
//!
//! A record holds some eight hundred names and five hundred texts, and writing them was a quarter of what a small message cost in a
//! scan. Here the names of fields, which are the program's own, are copied as they are; texts go through the one escaping function
//! as they are written, so nothing reads the finished record again. The bytes are those of `serde_json`, escaped.

use serde::{
    Serialize, Serializer,
    ser::{
        Error as _, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
        SerializeTupleStruct, SerializeTupleVariant,
    },
};
use serde_json::Error;

use super::escape;

/// What is written so far.
pub(super) struct Compact {
    pub(super) out: String,
}

impl Compact {
    /// Once, and called from some thousand places: much of what a record costs is to fetch the code that writes it.
    #[inline(never)]
    fn text(&mut self, text: &str) {
        self.out.reserve(text.len() + 2);
        self.out.push('"');
        match escape::is_plain(text.as_bytes()) {
            true => self.out.push_str(text),
            false => escape::json_text(text, &mut self.out),
        }
        self.out.push('"');
    }

    /// A word of the program, which needs no escape.
    #[inline(never)]
    fn word(&mut self, word: &'static str) {
        self.out.push('"');
        self.out.push_str(word);
        self.out.push('"');
    }

    #[inline(never)]
    fn number(&mut self, number: impl itoa::Integer) {
        self.out.push_str(itoa::Buffer::new().format(number));
    }

    /// The contract has none, so the library that others write them with does it here, too.
    fn fraction(&mut self, number: &impl Serialize) -> Result<(), Error> {
        self.out.push_str(&serde_json::to_string(number)?);
        Ok(())
    }

    /// The parts of an array or object, up to `close`.
    fn parts(&mut self, open: char, close: &'static str) -> Parts<'_> {
        self.out.push(open);
        Parts {
            compact: self,
            any: false,
            close,
        }
    }

    /// `{"variant":`, whose end the caller writes.
    fn variant(&mut self, variant: &'static str) {
        self.out.push_str("{\"");
        self.out.push_str(variant);
        self.out.push_str("\":");
    }
}

/// An array or object that is being written.
pub(super) struct Parts<'w> {
    compact: &'w mut Compact,
    /// Whether a comma stands before the next part.
    any: bool,
    close: &'static str,
}

impl Parts<'_> {
    fn comma(&mut self) {
        if self.any {
            self.compact.out.push(',');
        }
        self.any = true;
    }

    /// The name of a field, a word of the program, too.
    #[inline(never)]
    fn name(&mut self, name: &'static str) {
        let out = &mut self.compact.out;
        match self.any {
            true => out.push_str(",\""),
            false => out.push('"'),
        }
        out.push_str(name);
        out.push_str("\":");
        self.any = true;
    }

    fn member<T: ?Sized + Serialize>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        self.name(name);
        value.serialize(&mut *self.compact)
    }

    fn element<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Error> {
        self.comma();
        value.serialize(&mut *self.compact)
    }

    fn close(self) -> Result<(), Error> {
        self.compact.out.push_str(self.close);
        Ok(())
    }
}

/// Numbers, by the type that serde names.
macro_rules! numbers {
    ($($method:ident: $number:ty),+) => {
        $(fn $method(self, number: $number) -> Result<(), Error> {
            self.number(number);
            Ok(())
        })+
    };
}

impl<'w> Serializer for &'w mut Compact {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Parts<'w>;
    type SerializeTuple = Parts<'w>;
    type SerializeTupleStruct = Parts<'w>;
    type SerializeTupleVariant = Parts<'w>;
    type SerializeMap = Parts<'w>;
    type SerializeStruct = Parts<'w>;
    type SerializeStructVariant = Parts<'w>;

    numbers! {
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64
    }

    fn serialize_bool(self, value: bool) -> Result<(), Error> {
        self.out.push_str(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_f32(self, number: f32) -> Result<(), Error> {
        self.fraction(&number)
    }

    fn serialize_f64(self, number: f64) -> Result<(), Error> {
        self.fraction(&number)
    }

    fn serialize_char(self, value: char) -> Result<(), Error> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, text: &str) -> Result<(), Error> {
        self.text(text);
        Ok(())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Error> {
        self.collect_seq(bytes)
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.out.push_str("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Error> {
        self.word(variant);
        Ok(())
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(self, _: &'static str, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.variant(variant);
        value.serialize(&mut *self)?;
        self.out.push('}');
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Parts<'w>, Error> {
        Ok(self.parts('[', "]"))
    }

    fn serialize_tuple(self, _: usize) -> Result<Parts<'w>, Error> {
        Ok(self.parts('[', "]"))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Parts<'w>, Error> {
        Ok(self.parts('[', "]"))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts<'w>, Error> {
        self.variant(variant);
        Ok(self.parts('[', "]}"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Parts<'w>, Error> {
        Ok(self.parts('{', "}"))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Parts<'w>, Error> {
        Ok(self.parts('{', "}"))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts<'w>, Error> {
        self.variant(variant);
        Ok(self.parts('{', "}}"))
    }
}

impl SerializeMap for Parts<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Result<(), Error> {
        self.comma();
        let start = self.compact.out.len();
        key.serialize(&mut *self.compact)?;
        match self.compact.out.as_bytes().get(start) {
            Some(b'"') => Ok(()),
            _ => Err(Error::custom("a key of a JSON object is a text")),
        }
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Error> {
        self.compact.out.push(':');
        value.serialize(&mut *self.compact)
    }

    fn end(self) -> Result<(), Error> {
        self.close()
    }
}

/// The parts of serde's other compounds, which are all elements or all members.
macro_rules! compounds {
    ($($compound:ident { $method:ident($($name:ident)?) => $part:ident })+) => {
        $(impl $compound for Parts<'_> {
            type Ok = ();
            type Error = Error;

            fn $method<T: ?Sized + Serialize>(&mut self, $($name: &'static str,)? value: &T) -> Result<(), Error> {
                self.$part($($name,)? value)
            }

            fn end(self) -> Result<(), Error> {
                self.close()
            }
        })+
    };
}

compounds! {
    SerializeSeq { serialize_element() => element }
    SerializeTuple { serialize_element() => element }
    SerializeTupleStruct { serialize_field() => element }
    SerializeTupleVariant { serialize_field() => element }
    SerializeStruct { serialize_field(name) => member }
    SerializeStructVariant { serialize_field(name) => member }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn compact(value: &(impl Serialize + ?Sized)) -> String {
        let mut compact = Compact { out: String::new() };
        value.serialize(&mut compact).expect("it can be written");
        compact.out
    }

    fn reference(value: &(impl Serialize + ?Sized)) -> String {
        escape::json(&serde_json::to_string(value).expect("it can be written")).into_owned()
    }

    #[derive(Serialize)]
    enum Kind {
        Unit,
        Newtype(u8),
        Tuple(i16, char),
        Struct { a: Option<bool>, b: () },
    }

    #[derive(Serialize)]
    struct Nothing {}

    #[derive(Serialize)]
    struct Whole {
        kinds: Vec<Kind>,
        pair: (i64, u64),
        single: f32,
        text: &'static str,
        empty: [u8; 0],
        nothing: Nothing,
        map: BTreeMap<&'static str, f64>,
        #[serde(flatten)]
        flat: BTreeMap<&'static str, i8>,
    }

    #[test]
    fn every_form_is_written_as_serde_json_writes_it() {
        let whole = Whole {
            kinds: vec![
                Kind::Unit,
                Kind::Newtype(7),
                Kind::Tuple(-1, '"'),
                Kind::Struct { a: Some(true), b: () },
            ],
            pair: (i64::MIN, u64::MAX),
            single: 1.1,
            text: "\u{1b}[31m a \"b\" \\ \u{202e} ü\r\n\t\u{8}\u{c}\u{7f}",
            empty: [],
            nothing: Nothing {},
            map: BTreeMap::from([("a \"name\"", 1.5), ("b", f64::NAN)]),
            flat: BTreeMap::from([("x", -8), ("y", 0)]),
        };
        assert_eq!(compact(&whole), reference(&whole));
    }

    #[test]
    fn only_texts_are_keys() {
        let mut out = Compact { out: String::new() };
        assert!(BTreeMap::from([(1, 2)]).serialize(&mut out).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_written_as_serde_json_writes_it(text in any::<String>(), printable in "[ -~\t\r\n]{0,80}") {
            prop_assert_eq!(compact(&text), reference(&text));
            prop_assert_eq!(compact(&printable), reference(&printable));
        }
    }
}
