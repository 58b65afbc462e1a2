"""Tiny copies of published data sets as they lie on disk: true names and folders, made-up pictures."""

from helpers.layouts.layout import Layout, Shown, write, write_messy
from helpers.layouts.posed import (
    adfes,
    bu4dfe,
    ckplus,
    ckplus48,
    faces,
    fega,
    jaffe,
    kdef,
    mug,
    oulu_casia,
    rafd,
    wsefep,
)
from helpers.layouts.wild import (
    affectnet,
    affectnet_folders,
    affwild2,
    disfa,
    fer2013_folders,
    ferplus,
    rafau,
    rafdb,
    rafdb_csv,
    rafdb_folders,
)

LAYOUTS: dict[str, Layout] = {
    layout.title: layout
    for layout in (
        ckplus(),
        ckplus48(),
        jaffe(),
        bu4dfe(),
        wsefep(),
        fega(),
        kdef(),
        faces(),
        mug(),
        oulu_casia(),
        rafd(),
        fer2013_folders(),
        ferplus(),
        rafdb(),
        rafdb_csv(),
        rafdb_folders(),
        affectnet(),
        affwild2(),
        affectnet_folders(),
        adfes(),
        disfa(),
        rafau(),
    )
}

__all__ = ["LAYOUTS", "Layout", "Shown", "write", "write_messy"]
