#!/bin/sh
# Seals {% for part in parts %}{{ part }}.json {% endfor %}in this folder into sealed.tar, for
#   {{ terms.place }}
{% if with_papers in parts %}# The papers listed in {{ with_papers }}.json are the files papers/1, papers/2 and so on, in the order of the list.
{% endif %}# Any {{ terms.needed }} of the {{ terms.openers|length }} openers together can open it, and so can you with bidder.key.
# Needs age, age-keygen and tar. Nothing is sent anywhere.
set -eu
umask 077
place='{{ terms.place }}'
{% for recipient in terms.openers.values() %}opener{{ loop.index }}='{{ recipient }}'
{% endfor %}work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
test -e bidder.key || age-keygen -o bidder.key
bidder=$(age-keygen -y bidder.key)
mkdir "$work/out"
printf '%s' '{"bidder":"'"$bidder"'","format":"{{ form }}","k":{{ terms.needed }},"openers":[{% for name, recipient in terms.openers.items() %}{"name":"{{ name }}","recipient":"{{ recipient }}"}{% if not loop.last %},{% endif %}{% endfor %}],"place":"'"$place"'"}' > "$work/out/seal.json"

# NAME FILE RECIPIENT: name, place and length before the content, zeros after it: 4 KiB doubled up to 1 MiB, then whole MiB
framed() {
  size=$(($(wc -c < "$2")))
  head=$(printf '%s\n%s\n%s\n.' "$1" "$place" "$size")
  length=$(($(printf '%s' "${head%.}" | wc -c) + size))
  bucket=4096
  while [ "$bucket" -lt "$length" ] && [ "$bucket" -lt 1048576 ]; do bucket=$((bucket * 2)); done
  [ "$length" -le "$bucket" ] || bucket=$(((length + 1048575) / 1048576 * 1048576))
  { printf '%s' "${head%.}"; cat "$2"; head -c $((bucket - length)) /dev/zero; } | age -r "$3" > "$work/out/$1.age"
}

for part in{% for part in parts %} {{ part }}{% endfor %}; do
  age-keygen -o "$work/$part.key" 2> /dev/null
  framed "$part" "$part.json" "$(age-keygen -y "$work/$part.key")"
  mkdir -p "$work/out/keys/$part"
  age -r "$bidder" < "$work/$part.key" > "$work/out/keys/$part/bidder.age"
{% for chosen in orders %}  {% for each in chosen|reverse %}age -r "$opener{{ each }}"{% if loop.first %} < "$work/$part.key"{% endif %}{% if not loop.last %} | {% endif %}{% endfor %} > "$work/out/keys/$part/{{ chosen|join('-') }}.age"
{% endfor %}done

{% if with_papers in parts %}number=1
while [ -f "papers/$number" ]; do
  if command -v sha256sum > /dev/null && ! grep -q "$(sha256sum < "papers/$number" | cut -d ' ' -f 1)" {{ with_papers }}.json; then
    echo "papers/$number is not in the list of {{ with_papers }}.json: its SHA-256 is another." >&2
    exit 1
  fi
  mkdir -p "$work/out/{{ with_papers }}"
  framed "{{ with_papers }}/$number" "papers/$number" "$(age-keygen -y "$work/{{ with_papers }}.key")"
  number=$((number + 1))
done
listed=$(tr ',{}' '\n\n\n' < {{ with_papers }}.json | grep -c '^[[:space:]]*"sha256"[[:space:]]*:' || true)
if [ "$listed" -ne $((number - 1)) ]; then
  echo "{{ with_papers }}.json lists $listed papers, the folder papers has $((number - 1))." >&2
  exit 1
fi

{% endif %}(cd "$work/out" && tar --format=ustar -cf - *) > sealed.tar
echo "sealed.tar is ready; bidder.key opens your own copy: keep both."
