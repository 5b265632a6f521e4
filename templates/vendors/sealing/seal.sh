#!/bin/sh
# Seals {% for part in parts %}{{ part }}.json {% endfor %}in this folder into sealed.tar, for
#   {{ terms.place }}
# Any {{ terms.needed }} of the {{ terms.openers|length }} openers together can open it, and so can you with bidder.key.
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
printf '%s' '{"bidder":"'"$bidder"'","format":"sealed-bid-2","k":{{ terms.needed }},"openers":[{% for name, recipient in terms.openers.items() %}{"name":"{{ name }}","recipient":"{{ recipient }}"}{% if not loop.last %},{% endif %}{% endfor %}],"place":"'"$place"'"}' > "$work/out/seal.json"

for part in{% for part in parts %} {{ part }}{% endfor %}; do
  size=$(($(wc -c < "$part.json")))
  head=$(printf '%s\n%s\n%s\n.' "$part" "$place" "$size")
  length=$(($(printf '%s' "${head%.}" | wc -c) + size))
  # zeros up to the next step hide the length: 4 KiB doubled up to 1 MiB, then whole MiB
  bucket=4096
  while [ "$bucket" -lt "$length" ] && [ "$bucket" -lt 1048576 ]; do bucket=$((bucket * 2)); done
  [ "$length" -le "$bucket" ] || bucket=$(((length + 1048575) / 1048576 * 1048576))
  age-keygen -o "$work/$part.key" 2> /dev/null
  { printf '%s' "${head%.}"; cat "$part.json"; head -c $((bucket - length)) /dev/zero; } |
    age -r "$(age-keygen -y "$work/$part.key")" > "$work/out/$part.age"
  mkdir -p "$work/out/keys/$part"
  age -r "$bidder" < "$work/$part.key" > "$work/out/keys/$part/bidder.age"
{% for chosen in orders %}  {% for each in chosen|reverse %}age -r "$opener{{ each }}"{% if loop.first %} < "$work/$part.key"{% endif %}{% if not loop.last %} | {% endif %}{% endfor %} > "$work/out/keys/$part/{{ chosen|join('-') }}.age"
{% endfor %}done

(cd "$work/out" && tar --format=ustar -cf - seal.json *.age keys) > sealed.tar
echo "sealed.tar is ready; bidder.key opens your own copy: keep both."
