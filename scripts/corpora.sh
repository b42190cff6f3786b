#!/bin/sh
# Says where the corpora of benches/suite.toml are obtained, and readies a folder of them.
#
#   scripts/corpora.sh            the list: path in the folder, source, terms
#   scripts/corpora.sh FOLDER     unpacks the archives that lie in FOLDER and says what is there and what is missing
#
# Nothing is downloaded: some of these sources ask for an agreement or a registration first.
set -eu

# path in the folder | where it is obtained | terms
corpora() {
    cat <<'LIST'
cytosift/dev.jsonl|CytoSift's own corpus, not distributed; see docs/schema.md for its form|own
ner/BC5CDR/devel.tsv.gz|github.com/cambridgeltl/MTL-Bioinformatics-2016, data/BC5CDR-IOB/devel.tsv|CC BY 4.0
ner/NCBI-disease/devel.tsv.gz|github.com/cambridgeltl/MTL-Bioinformatics-2016, data/NCBI-disease-IOB/devel.tsv|CC BY 4.0
ner/BC2GM/devel.tsv.gz|github.com/cambridgeltl/MTL-Bioinformatics-2016, data/BC2GM-IOB/devel.tsv|public domain
ner/AnatEM/devel.tsv.gz|github.com/cambridgeltl/MTL-Bioinformatics-2016, data/AnatEM-IOB/devel.tsv|CC BY 4.0
ner/JNLPBA/train|JNLPBA 2004 shared task training set in standoff form, one .txt and .ann a document|GENIA licence
pubtator/NLMgene_Train.PubTator.gz|github.com/ncbi/AIONER, data/pubtator/NLMgene_Train.PubTator|public domain (NCBI)
relations/biored/Dev.PubTator.gz|ftp.ncbi.nlm.nih.gov/pub/lu/BioRED, BIORED.zip, Dev.PubTator|public domain (NCBI)
relations/cdr/CDR_DevelopmentSet.PubTator.txt.gz|biocreative.bioinformatics.udel.edu, BioCreative V CDR corpus|public domain (NCBI)
relations/bionlp13_cg/devel|2013.bionlp-st.org, Cancer Genetics task, development data (.txt, .a1, .a2)|CC BY-SA 3.0
relations/drugprot/drugprot_development_abstracs.tsv.gz|zenodo.org, DrugProt corpus, development set (abstracs, entities, relations)|CC BY 4.0
LIST
}

if [ $# -eq 0 ]; then
    corpora | while IFS='|' read -r path source terms; do
        printf '%s\n    from  %s\n    terms %s\n' "$path" "$source" "$terms"
    done
    printf '\nFiles may be gzip-compressed or not; change the path in benches/suite.toml to fit.\n'
    exit 0
fi

folder=$1
[ -d "$folder" ] || { echo "$folder: no such folder" >&2; exit 1; }

# Archives as they are distributed -> the folders that the suite names.
unpack() { # archive, folder it belongs in, file that shows it is unpacked
    if [ -f "$folder/$1" ] && [ ! -e "$folder/$2/$3" ]; then
        mkdir -p "$folder/$2"
        tar -xzf "$folder/$1" -C "$folder/$2"
        echo "unpacked $1"
    fi
}
unpack ner/JNLPBA-standoff-train.tar.gz ner/JNLPBA train
unpack relations/bionlp13_cg.tar.gz relations bionlp13_cg

corpora | while IFS='|' read -r path source terms; do
    if [ -e "$folder/$path" ]; then echo "there    $path"; else echo "missing  $path, from $source ($terms)"; fi
done
