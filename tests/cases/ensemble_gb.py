"""Gradient boosting: every loss, and every kind of first prediction."""

from sklearn.cross_decomposition import PLSRegression
from sklearn.decomposition import PCA
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from sklearn.linear_model import HuberRegressor, LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from . import Case

CASES = (
    Case(
        id="GradientBoostingClassifier-words",
        make=lambda: GradientBoostingClassifier(n_estimators=12, random_state=0),
        data="two_words",
    ),
    Case(
        id="GradientBoostingClassifier-exponential",
        make=lambda: GradientBoostingClassifier(loss="exponential", n_estimators=12, subsample=0.7, random_state=0),
        data="two_classes",
    ),
    Case(
        id="GradientBoostingClassifier-multiclass",
        make=lambda: GradientBoostingClassifier(n_estimators=8, learning_rate=0.3, random_state=0),
        data="negative_classes",
    ),
    Case(
        id="GradientBoostingClassifier-early-stop-zero",
        make=lambda: GradientBoostingClassifier(
            n_estimators=60, learning_rate=0.5, n_iter_no_change=2, init="zero", random_state=0
        ),
        data="three_words",
    ),
    Case(
        id="GradientBoostingClassifier-init-tree",
        make=lambda: GradientBoostingClassifier(
            init=DecisionTreeClassifier(max_depth=2, random_state=0), n_estimators=5, random_state=0
        ),
        data="three_classes",
    ),
    Case(
        id="GradientBoostingClassifier-exponential-init-SVC",
        make=lambda: GradientBoostingClassifier(
            init=SVC(probability=True, random_state=0), loss="exponential", n_estimators=5, random_state=0
        ),
        data="two_classes",
    ),
    Case(
        id="GradientBoostingClassifier-init-LogisticRegression",
        make=lambda: GradientBoostingClassifier(init=LogisticRegression(), n_estimators=5, random_state=0),
        data="three_words",
    ),
    Case(
        id="GradientBoostingClassifier-exponential-init-scaled-LogisticRegression",
        make=lambda: GradientBoostingClassifier(
            init=make_pipeline(StandardScaler(), LogisticRegression()),
            loss="exponential",
            n_estimators=5,
            random_state=0,
        ),
        data="two_classes",
    ),
    Case(
        id="GradientBoostingClassifier-init-GaussianNB",
        make=lambda: GradientBoostingClassifier(init=GaussianNB(), n_estimators=5, random_state=0),
        data="three_classes",
    ),
    Case(
        id="GradientBoostingClassifier-init-projected",
        make=lambda: GradientBoostingClassifier(
            init=make_pipeline(StandardScaler(), PCA(3), LogisticRegression()), n_estimators=5, random_state=0
        ),
        data="three_classes",
    ),
    Case(
        id="GradientBoostingClassifier-init-scaled-neighbors",
        make=lambda: GradientBoostingClassifier(
            init=make_pipeline(MinMaxScaler(clip=True), KNeighborsClassifier()), n_estimators=5, random_state=0
        ),
        data="three_classes",
    ),
    *(
        Case(
            id=f"GradientBoostingRegressor-{loss.replace('_', '-')}",
            make=lambda loss=loss: GradientBoostingRegressor(loss=loss, n_estimators=10, random_state=0),
            data="regression",
        )
        for loss in ("squared_error", "absolute_error", "huber", "quantile")
    ),
    Case(
        id="GradientBoostingRegressor-zero-deep",
        make=lambda: GradientBoostingRegressor(init="zero", max_depth=14, n_estimators=4, random_state=0),
        data="regression",
    ),
    Case(
        id="GradientBoostingRegressor-init-tree",
        make=lambda: GradientBoostingRegressor(
            init=DecisionTreeRegressor(max_depth=3, random_state=0), n_estimators=6, random_state=0
        ),
        data="regression",
    ),
    Case(
        id="GradientBoostingRegressor-init-SVR",
        make=lambda: GradientBoostingRegressor(init=SVR(), n_estimators=6, random_state=0),
        data="regression",
    ),
    Case(
        id="GradientBoostingRegressor-init-HuberRegressor",
        make=lambda: GradientBoostingRegressor(init=HuberRegressor(), n_estimators=6, random_state=0),
        data="regression",
    ),
    Case(
        id="GradientBoostingRegressor-init-LinearRegression",
        make=lambda: GradientBoostingRegressor(init=LinearRegression(), n_estimators=6, random_state=0),
        data="regression",
    ),
    Case(
        id="GradientBoostingRegressor-init-PLSRegression",
        make=lambda: GradientBoostingRegressor(init=PLSRegression(), n_estimators=6, random_state=0),
        data="regression",
    ),
    Case(
        id="GradientBoostingRegressor-init-projected",
        make=lambda: GradientBoostingRegressor(
            init=make_pipeline(PCA(3, whiten=True), LinearRegression()), n_estimators=6, random_state=0
        ),
        data="regression",
    ),
    Case(
        id="GradientBoostingRegressor-init-scaled-tree",
        make=lambda: GradientBoostingRegressor(
            init=make_pipeline(StandardScaler(), DecisionTreeRegressor(max_depth=3, random_state=0)),
            n_estimators=6,
            random_state=0,
        ),
        data="regression",
    ),
)
